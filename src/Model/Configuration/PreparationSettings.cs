using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

/// <summary>
/// <c>preparation.json</c>: how documents are laid out for this checkpoint. Part of the fingerprint, because other settings give other
/// vectors. A folder without the file uses the defaults, which suit nanoVLM's public checkpoints.
/// </summary>
public sealed record PreparationSettings
{
    public const string FileName = "preparation.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter<PictureResize>(), new JsonStringEnumConverter<PictureState>() },
    };

    /// <summary>Subtracted from red, green and blue in [0, 1].</summary>
    [JsonPropertyName("image_mean")]
    public IReadOnlyList<float> ImageMean { get; init; } = [0, 0, 0];

    /// <summary>What the difference is divided by.</summary>
    [JsonPropertyName("image_std")]
    public IReadOnlyList<float> ImageStd { get; init; } = [1, 1, 1];

    [JsonPropertyName("image_resize")]
    public PictureResize ImageResize { get; init; }

    [JsonPropertyName("image_state")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PictureState ImageState { get; init; }

    /// <summary>Tokens of one embedded text part; a longer text is split at sentence ends.</summary>
    [JsonPropertyName("max_part_tokens")]
    public int MaxPartTokens { get; init; } = 128;

    /// <summary>Tokens of one window; 0 is the model's whole context.</summary>
    [JsonPropertyName("max_window_tokens")]
    public int MaxWindowTokens { get; init; }

    /// <summary>Asks for the summary of pictures alone (VladVA, arXiv 2412.04378). A soft prompt replaces it.</summary>
    [JsonPropertyName("image_prompt")]
    public string ImagePrompt { get; init; } = "Summarize the provided image in one word.";

    /// <summary>Asks for the summary of text alone. A soft prompt replaces it.</summary>
    [JsonPropertyName("text_prompt")]
    public string TextPrompt { get; init; } = "Summarize the provided text in one word.";

    /// <summary>Asks for the summary of text and pictures together. A soft prompt replaces it.</summary>
    [JsonPropertyName("interleaved_prompt")]
    public string InterleavedPrompt { get; init; } = "Summarize the provided text and images in one word.";

    /// <summary>The answer where the documents have none: what the model is taught to say, and what is said for it where nothing was found.</summary>
    public const string Refusal = "The documents do not say.";

    /// <summary>What the generator is told before evidence and question.</summary>
    [JsonPropertyName("answer_instruction")]
    public string AnswerInstruction { get; init; } =
        $"Answer the question from the numbered evidence only and cite it as [n]. If the evidence does not answer it, say: {Refusal}";

    /// <summary>The adapter of the model folder that documents and queries are encoded with; null is the base. It is part of the fingerprint.</summary>
    [JsonPropertyName("encoding_adapter")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EncodingAdapter { get; init; }

    /// <exception cref="ConfigException">A setting is of the wrong type, unknown or impossible.</exception>
    public static PreparationSettings Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Parse(path, ConfigFile.Read(path)) : new PreparationSettings();
    }

    /// <param name="path">Only for messages.</param>
    /// <exception cref="ConfigException">A setting is of the wrong type, unknown or impossible.</exception>
    public static PreparationSettings Parse(string path, ReadOnlySpan<byte> json)
    {
        var settings = ConfigFile.Parse<PreparationSettings>(path, json, Options);
        settings.Validate(path);
        return settings;
    }

    public void Save(string folder) => ConfigFile.Write(Path.Combine(folder, FileName), this, Options);

    /// <summary>The settings' bytes, for the fingerprint.</summary>
    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    private void Validate(string path)
    {
        const int MinPartTokens = 16;

        // Far beyond any that pixels in [0, 1] have; what is still further makes of them what float32 can't hold.
        const float SmallestStd = 1e-6f, Largest = 1e6f;
        if (ImageMean is not { Count: 3 } || !ImageMean.All(static m => MathF.Abs(m) <= Largest))
            throw new ConfigException(path, "image_mean", $"must be three numbers from {-Largest} to {Largest}");
        if (ImageStd is not { Count: 3 } || !ImageStd.All(static s => s is >= SmallestStd and <= Largest))
            throw new ConfigException(path, "image_std", $"must be three numbers from {SmallestStd} to {Largest}");
        if (MaxPartTokens < MinPartTokens)
            throw new ConfigException(path, "max_part_tokens", $"must be at least {MinPartTokens}, not {MaxPartTokens}");
        if (MaxWindowTokens < 0)
            throw new ConfigException(path, "max_window_tokens", $"must be 0 or more, not {MaxWindowTokens}");
        foreach (var (name, text) in new[] { ("image_prompt", ImagePrompt), ("text_prompt", TextPrompt), ("interleaved_prompt", InterleavedPrompt), ("answer_instruction", AnswerInstruction) })
        {
            if (string.IsNullOrWhiteSpace(text))
                throw new ConfigException(path, name, "must not be empty");
        }
    }
}
