using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A line that can't be used.</summary>
/// <param name="Id">Null where not even that can be read.</param>
internal sealed record LineFailure(long Line, string? Id, DocumentRejectedException Error);
