using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Server.Http;

/// <summary>JSON Lines, a document or a structured CloudEvent a line; or CloudEvents' own batch, a JSON array of events. All of them are taken or none.</summary>
internal static class PushBatch
{
    /// <summary>Documents of one batch.</summary>
    public const int MaxDocuments = 1000;

    private const string Document = "application/json";
    private const string Event = "application/cloudevents+json";
    private const string EventBatch = "application/cloudevents-batch+json";

    private static readonly string[] MediaTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    public static bool IsBatch(string contentType) => IsEventBatch(contentType) || MediaTypes.Contains(Essence(contentType), StringComparer.OrdinalIgnoreCase);

    /// <exception cref="BatchLineException">Names the first line, or event, that can't be taken.</exception>
    /// <exception cref="DocumentRejectedException">There is none, there are too many, or the body is no array.</exception>
    /// <exception cref="TenantRefusedException">Names the first line, or event, about another tenant than the caller's.</exception>
    public static IReadOnlyList<InboxPush> Read(ReadOnlyMemory<byte> body, string contentType, DocumentReadOptions reading, Caller caller)
    {
        var pushes = new List<InboxPush>();
        foreach (var (number, range) in IsEventBatch(contentType) ? Events(body) : Lines(body))
        {
            if (pushes.Count == MaxDocuments)
                throw new DocumentRejectedException("$", $"has more than {MaxDocuments} documents", "Split the batch.");
            var item = body[range];
            try
            {
                pushes.Add(PushedMessage.Read(item, IsEventBatch(contentType) || IsEvent(item.Span) ? Event : Document, reading, caller));
            }
            catch (DocumentRejectedException error)
            {
                throw new BatchLineException(number, error);
            }
            catch (TenantRefusedException error)
            {
                throw new TenantRefusedException(error.Field, number);
            }
        }

        return pushes.Count > 0 ? pushes : throw new DocumentRejectedException("$", "has no document", "Send a document a line, or an array of events.");
    }

    private static string Essence(string contentType) => contentType.Split(';')[0].Trim();

    private static bool IsEventBatch(string contentType) => Essence(contentType).Equals(EventBatch, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(int Number, Range Range)> Lines(ReadOnlyMemory<byte> body)
    {
        var number = 0;
        for (var start = 0; start < body.Length;)
        {
            var rest = body.Span[start..];
            var end = rest.IndexOf((byte)'\n') is var found && found < 0 ? rest.Length : found;
            number++;
            if (!rest[..end].Trim(" \t\r"u8).IsEmpty)
                yield return (number, start..(start + end));
            start += end + 1;
        }
    }

    private static List<(int Number, Range Range)> Events(ReadOnlyMemory<byte> body)
    {
        var events = new List<(int Number, Range Range)>();
        var json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartArray)
                throw new DocumentRejectedException("$", "is no JSON array", "Send an array of CloudEvents.");
            while (json.Read() && json.TokenType != JsonTokenType.EndArray && events.Count <= MaxDocuments)
            {
                var start = (int)json.TokenStartIndex;
                json.Skip();
                events.Add((events.Count + 1, start..(int)json.BytesConsumed));
            }

            // Whatever follows the array is an error of the JSON reader: a second array must not be lost.
            if (json.TokenType == JsonTokenType.EndArray)
                json.Read();
        }
        catch (JsonException error)
        {
            throw new DocumentRejectedException("$", "is not valid JSON", "Send one array of CloudEvents.", error);
        }

        return events;
    }

    /// <summary>A document has no field <c>specversion</c>, an event must have it. What is broken is for the document's reader to say.</summary>
    private static bool IsEvent(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\"specversion\""u8) < 0)
            return false;
        var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("specversion"u8))
                    return true;
                json.Read();
                json.Skip();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second: half a surrogate pair in a field's name.
            return false;
        }

        return false;
    }
}
