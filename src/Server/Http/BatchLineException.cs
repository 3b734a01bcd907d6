using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>One document of a batch can't be taken, and so nothing of it was.</summary>
/// <param name="line">From 1.</param>
internal sealed class BatchLineException(int line, DocumentRejectedException error) : Exception($"line {line}: {error.Message}", error)
{
    public int Line { get; } = line;

    public string Field { get; } = error.Field;
}
