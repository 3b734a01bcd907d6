using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Server.Json;

/// <summary>An index generation, as <c>uvlm index status --json</c> writes it.</summary>
internal sealed record IndexReport(
    int Generation, string State, string Fingerprint, int Dimension, long Documents, long Pending, long Failed, IReadOnlyList<FailedDocument> Failures, string? Search, long Bytes,
    DateTimeOffset CreatedAt, DateTimeOffset? FilledAt, DateTimeOffset? SwitchedAt)
{
    public static IndexReport Of(GenerationSummary g) => new(
        g.Generation.Id, g.Generation.State.ToString().ToLowerInvariant(), g.Generation.Fingerprint, g.Generation.Dimension, g.Documents, g.Pending, g.Failed, g.Failures,
        g.Index?.ToString(), g.Bytes, g.CreatedAt, g.FilledAt, g.SwitchedAt);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IndexReport[]))]
internal sealed partial class IndexJson : JsonSerializerContext;
