namespace UnifiedVlm.Documents.Importers;

/// <summary>A file, a line of one, or a folder that could not be imported. The import goes on.</summary>
/// <param name="File">Relative to the root.</param>
/// <param name="Line">From 1, in JSON Lines; null elsewhere.</param>
/// <param name="Error">A <see cref="DocumentRejectedException"/>, what the file system said, or what a parser failed with.</param>
public sealed record ImportFailure(string File, long? Line, Exception Error)
{
    /// <summary>How many it stands for: a file's bad lines beyond the first hundred are told of together, at its end.</summary>
    public long Count { get; init; } = 1;

    public override string ToString() => Line is null ? $"{File}: {Error.Message}" : $"{File}:{Line}: {Error.Message}";
}
