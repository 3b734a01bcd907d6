using System.Text.Json.Nodes;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>What others are told about a change; published from the outbox table, at least once.</summary>
/// <param name="Sequence">Counts the document's changes; null where no document changed.</param>
internal sealed record OutboxEvent(string Type, string? Tenant, string? DocumentId, long? Sequence, string Data)
{
    public const string Indexed = "document.indexed";
    public const string Deleted = "document.deleted";
    public const string Dead = "document.dead";

    public static OutboxEvent Of(DocumentWrite write)
    {
        var data = new JsonObject { ["version"] = write.Version.Value, ["version_rule"] = write.Version.Rule };
        if (write.Upsert is { } upsert)
        {
            data["collection"] = upsert.Document.Collection;
            data["content_sha256"] = Convert.ToHexStringLower(upsert.ContentHash.Span);
            data["embedded_parts"] = upsert.Embedding!.Parts.Count;
        }
        return new OutboxEvent(write.Upsert is null ? Deleted : Indexed, write.Key.Tenant, write.Key.Id, write.Sequence, data.ToJsonString());
    }

    public static OutboxEvent Of(DeadLetter letter, LogPartition partition)
    {
        var (log, offset) = letter.Position(partition);
        var data = new JsonObject
        {
            ["log_id"] = log.LogId,
            ["topic"] = log.Topic,
            ["partition"] = log.Partition,
            ["offset"] = offset,
            ["stage"] = letter.Stage,
            ["reason"] = SafeText.Clean(letter.Reason),
            ["field"] = SafeText.CleanOrNull(letter.Field),
            ["replays"] = letter.Original?.Replays ?? 0,
        };
        return new OutboxEvent(Dead, SafeText.CleanOrNull(letter.Tenant), SafeText.CleanOrNull(letter.DocumentId), null, data.ToJsonString());
    }
}
