namespace UnifiedVlm.Model.Generation;

/// <summary>How the next token is chosen.</summary>
public sealed record SamplingOptions
{
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>0 is greedy.</summary>
    public float Temperature { get; init; } = 0.7f;

    /// <summary>Only the k likeliest tokens; 0 is all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the smallest set of tokens that reaches this probability; 1 is all.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Only tokens at least so many times as probable as the likeliest; 0 is all.</summary>
    public float MinP { get; init; }

    /// <summary>
    /// What a token of the prompt or of the text so far loses: its logit is divided by this where positive, multiplied where negative (Keskar et al., "CTRL",
    /// arXiv 1909.05858). 1 is nothing.
    /// </summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Taken from the logit of every token that the text so far has.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken from a token's logit for each time that the text so far has it.</summary>
    public float FrequencyPenalty { get; init; }

    public int MaxTokens { get; init; } = 256;

    /// <summary>The same seed, prompt and options give the same tokens, unless two are as likely up to rounding: what runs beside a text, and what of its prompt is in the KV cache, moves the last digits.</summary>
    public ulong Seed { get; init; }

    /// <summary>The adapter of the model folder to generate with; null is the base.</summary>
    public string? Adapter { get; init; }
}
