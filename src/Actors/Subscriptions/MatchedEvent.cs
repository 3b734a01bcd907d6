using System.Buffers;
using System.Text.Json;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>The data of <c>subscription.matched</c>, as docs/schemas describes it.</summary>
internal static class MatchedEvent
{
    public static MatchedDocument Of(IndexedDocument document, SubscriptionHit hit)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("subscription"u8, hit.Subscription.Id);
            json.WriteString("collection"u8, document.Collection);
            json.WriteNumber("similarity"u8, hit.Similarity);
            json.WriteNumber("alignment"u8, hit.Alignment);
            json.WriteStartArray("matches"u8);
            foreach (var match in hit.Matches)
            {
                json.WriteStartObject();
                json.WriteNumber("query_part"u8, match.QueryPart.SourcePart);
                json.WriteNumber("document_part"u8, match.DocumentPart.SourcePart);
                json.WriteNumber("start"u8, match.DocumentPart.Start);
                json.WriteNumber("length"u8, match.DocumentPart.Length);
                json.WriteNumber("similarity"u8, match.Similarity);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new MatchedDocument(document.EventId, hit.Subscription.Id, buffer.WrittenSpan.ToArray());
    }
}
