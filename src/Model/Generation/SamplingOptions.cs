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

    public int MaxTokens { get; init; } = 256;

    /// <summary>The same seed, prompt and options give the same tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>The adapter of the model folder to generate with; null is the base.</summary>
    public string? Adapter { get; init; }
}
