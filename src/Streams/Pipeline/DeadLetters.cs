using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>Dead letters with everything that is needed to understand and replay a record.</summary>
internal static class DeadLetters
{
    /// <summary>The stage of a record that its processes died of.</summary>
    public const string CrashStage = "crash";

    public static DeadLetter From(SourceRecord record, DecodedRecord? decoded, PipelineStage stage, Exception failure) =>
        From(record, decoded, stage.ToString().ToLowerInvariant(), failure);

    public static DeadLetter From(SourceRecord record, DecodedRecord? decoded, string stage, Exception failure)
    {
        var (tenant, id) = Identity(record, decoded);
        return new DeadLetter(
            record.Offset,
            stage,
            failure.Message,
            (failure as DocumentRejectedException)?.Field,
            ErrorChain(failure),
            tenant,
            id,
            record.Key,
            Payload(record),
            record.Headers)
        {
            IsTombstone = record is { Value: null, Document: null },
        };
    }

    public static DeadLetter LostRange(LogPartition partition, long from, long to) => new(
        from,
        DeadLetter.SourceStage,
        $"Records {from} to {to - 1} of {partition.Topic}/{partition.Partition} were dropped by the log before they were read",
        null,
        string.Empty,
        null,
        null,
        default,
        default,
        []);

    /// <summary>Whose record it is; of one that could not be decoded, as much as can be read.</summary>
    private static RecordIdentity Identity(SourceRecord record, DecodedRecord? decoded) => (decoded, record.Document) switch
    {
        ({ } known, _) => new RecordIdentity(known.Tenant, known.Id),
        (_, { } document) => new RecordIdentity(document.Tenant, document.Id),
        _ => IngestMessageDecoder.Identify(record.Key.ToArray(), record.Value?.ToArray(), record.Headers),
    };

    /// <summary>The original bytes; a document that never had any is written down, so that it can be replayed like the others.</summary>
    private static ReadOnlyMemory<byte> Payload(SourceRecord record) =>
        record.Value ?? (record.Document is { } document ? DocumentJson.Serialize(document) : ReadOnlyMemory<byte>.Empty);

    /// <summary>Types and messages from the outermost to the innermost, without stacks: those are in the node's log.</summary>
    private static string ErrorChain(Exception failure)
    {
        var text = new StringBuilder();
        for (var e = failure; e is not null; e = e.InnerException)
            text.Append(text.Length == 0 ? string.Empty : "\n").Append(e.GetType().Name).Append(": ").Append(e.Message);
        return text.ToString();
    }
}
