namespace UnifiedVlm.Documents.Importers;

/// <summary>A file, or a line of one, that could not be imported. The import goes on.</summary>
/// <param name="File">Relative to the root.</param>
/// <param name="Line">From 1, in JSON Lines; null elsewhere.</param>
/// <param name="Error">A <see cref="DocumentRejectedException"/> or what the file system said.</param>
public sealed record ImportFailure(string File, long? Line, Exception Error)
{
    public override string ToString() => Line is null ? $"{File}: {Error.Message}" : $"{File}:{Line}: {Error.Message}";
}
