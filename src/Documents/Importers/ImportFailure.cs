using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Documents.Importers;

/// <summary>A file, a line of one, a picture that a page came without, or a folder that could not be imported. The import goes on.</summary>
/// <param name="File">Relative to the root.</param>
/// <param name="Line">From 1, in JSON Lines; null elsewhere.</param>
/// <param name="Error">A <see cref="DocumentRejectedException"/>, what the file system said, or what a parser failed with.</param>
public sealed record ImportFailure(string File, long? Line, Exception Error)
{
    /// <summary>How many it stands for: a file's bad lines beyond the first hundred are told of together, at its end.</summary>
    public long Count { get; init; } = 1;

    /// <summary>Pictures that are there and could not be read, as they were named: they may be readable later though the file does not change.</summary>
    public IReadOnlyCollection<string> UnreadablePictures { get; init; } = Error is UnreadablePictureException picture ? [picture.Path] : [];

    public override string ToString() => Line is null ? $"{File}: {Error.Message}" : $"{File}:{Line}: {Error.Message}";
}
