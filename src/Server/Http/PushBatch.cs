using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Server.Http;

/// <summary>JSON Lines: a document or a structured CloudEvent a line. All of them are taken or none.</summary>
internal static class PushBatch
{
    /// <summary>Documents of one batch.</summary>
    public const int MaxDocuments = 1000;

    private const string Document = "application/json";
    private const string Event = "application/cloudevents+json";

    private static readonly string[] MediaTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    public static bool IsBatch(string contentType) => MediaTypes.Contains(contentType.Split(';')[0].Trim(), StringComparer.OrdinalIgnoreCase);

    /// <exception cref="BatchLineException">Names the first line that can't be taken.</exception>
    /// <exception cref="DocumentRejectedException">There is no line, or there are too many.</exception>
    public static IReadOnlyList<InboxPush> Read(ReadOnlyMemory<byte> body, DocumentReadOptions reading)
    {
        var pushes = new List<InboxPush>();
        var number = 0;
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            number++;
            var line = body[range];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            if (pushes.Count == MaxDocuments)
                throw new DocumentRejectedException("$", $"has more than {MaxDocuments} documents", "Split the batch.");
            try
            {
                pushes.Add(PushedMessage.Read(line, IsEvent(line.Span) ? Event : Document, reading));
            }
            catch (DocumentRejectedException error)
            {
                throw new BatchLineException(number, error);
            }
        }

        return pushes.Count > 0 ? pushes : throw new DocumentRejectedException("$", "has no line", "Send a document a line.");
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
        catch (JsonException)
        {
            return false;
        }

        return false;
    }
}
