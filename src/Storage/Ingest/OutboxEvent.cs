using System.Text.Json.Nodes;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>What others are told about a change; published from the outbox table, at least once.</summary>
/// <param name="Sequence">Counts the document's changes; null where no document changed.</param>
/// <param name="Data">JSON in UTF-8.</param>
internal sealed record OutboxEvent(string Type, string? Tenant, string? DocumentId, long? Sequence, byte[] Data)
{
    public const string Indexed = "document.indexed";
    public const string Deleted = "document.deleted";
    public const string Dead = "document.dead";
    public const string Switched = "index.switched";
    public const string Matched = "subscription.matched";
    public const string Dropped = "events.dropped";

    public static OutboxEvent Of(DocumentWrite write)
    {
        var data = JsonText.Write(write, static (json, of) =>
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, of.Version.Value);
            json.WriteString("version_rule"u8, of.Version.Rule);
            if (of.Upsert is { } upsert)
            {
                json.WriteString("collection"u8, upsert.Document.Collection);
                json.WriteString("content_sha256"u8, Convert.ToHexStringLower(upsert.ContentHash.Span));
                json.WriteNumber("embedded_parts"u8, upsert.Embedding!.Parts.Count);
            }
            json.WriteEndObject();
        });
        return new OutboxEvent(write.Upsert is null ? Deleted : Indexed, write.Key.Tenant, write.Key.Id, write.Sequence, data);
    }

    /// <summary>JSON of the event that another generation has become the live one.</summary>
    public static string SwitchData(IndexGeneration? from, IndexGeneration to)
    {
        return new JsonObject { ["from"] = Of(from), ["to"] = Of(to) }.ToJsonString();

        static JsonObject? Of(IndexGeneration? generation) => generation is null
            ? null
            : new JsonObject { ["generation"] = generation.Id, ["fingerprint"] = generation.Fingerprint, ["dimension"] = generation.Dimension };
    }

    public static OutboxEvent Of(DeadLetter letter, LogPartition partition)
    {
        var (log, offset) = letter.Position(partition);
        var data = JsonText.Write((letter, log, offset), static (json, of) =>
        {
            json.WriteStartObject();
            json.WriteString("log_id"u8, of.log.LogId);
            json.WriteString("topic"u8, of.log.Topic);
            json.WriteNumber("partition"u8, of.log.Partition);
            json.WriteNumber("offset"u8, of.offset);
            json.WriteString("stage"u8, of.letter.Stage);
            json.WriteString("reason"u8, SafeText.Clean(of.letter.Reason));
            json.WriteString("field"u8, SafeText.CleanOrNull(of.letter.Field));
            json.WriteNumber("replays"u8, of.letter.Original?.Replays ?? 0);
            json.WriteEndObject();
        });
        return new OutboxEvent(Dead, SafeText.CleanOrNull(letter.Tenant), SafeText.CleanOrNull(letter.DocumentId), null, data);
    }
}
