namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>A set to be read, as a manifest or a command line names it.</summary>
/// <param name="Path">The file, or the folder of files.</param>
/// <param name="Images">Folder of the pictures; null where the format needs none, or for the folder of the file.</param>
public sealed record SetEntry(string Name, SetFormat Format, string Path, string? Images)
{
    public const string DefaultCaptionPrompt = "Describe the picture.";
    public const string DefaultSplit = "test";

    /// <summary>Of Karpathy's files; several are joined by commas, and <c>all</c> takes every picture.</summary>
    public string Split { get; init; } = DefaultSplit;

    /// <summary>
    /// Of Karpathy's files: so many pictures compete with each other, gallery after gallery, as in COCO's figures for 1K, which are the mean of five
    /// galleries. Null for all at once.
    /// </summary>
    public int? Gallery { get; init; }

    /// <summary>What the generator is asked for a caption.</summary>
    public string CaptionPrompt { get; init; } = DefaultCaptionPrompt;

    /// <summary>So many pictures of a Karpathy file, the first ones, are described by the model; 0 leaves that measure out. Generating takes longer than embedding.</summary>
    public int Generated { get; init; } = 500;

    /// <summary>Of a generated answer or caption.</summary>
    public int MaxTokens { get; init; } = 48;
}
