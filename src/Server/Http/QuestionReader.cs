using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// Reads the body of POST /v1/search and /v1/answer: <c>{"parts": [..]}</c> with what is in <see cref="QuestionBody.Question"/>, or <c>"text"</c> or <c>"like"</c> in place of parts. A
/// question is a document, so its parts follow the rules of one; one of them may be a gap.
/// </summary>
internal static class QuestionReader
{
    private const int Whole = 1_000_000;
    private const int MostEffort = 1000;

    private static readonly string[] Fields = [.. QuestionBody.Question.Select(static field => field.Name)];
    private static readonly string[] Modes = [.. QuestionBody.Modes];

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    /// <exception cref="TenantRefusedException">It asks for another tenant's documents than the caller's.</exception>
    public static Question Read(ReadOnlyMemory<byte> utf8, DocumentLimits limits, Caller caller)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"parts\": [..]} or {\"text\": \"..\"}", Fields);
        var root = body.RootElement;
        var like = RequestJson.Text(root, "like");
        var hasParts = RequestJson.TryGet(root, "parts", out var parts);
        var gap = hasParts ? FindGap(parts) : null;
        return new Question(
            like is not null && !hasParts && !RequestJson.TryGet(root, "text", out _) ? null : ReadDocument(root, gap, limits),
            caller.TenantOf(RequestJson.Name(root, "tenant")),
            RequestJson.Name(root, "collection"),
            (int?)RequestJson.Whole(root, "k", 1, 100),
            (int?)RequestJson.Whole(root, "max_tokens", 1, 1024),
            RequestJson.Text(root, "adapter"))
        {
            Mode = ReadMode(RequestJson.Text(root, "mode"), "mode") ?? (like is null ? SearchMode.Documents : SearchMode.Like),
            Like = like,
            Gap = gap,
            Filter = Filter.All(ReadFilter(root), Filter.Between(RequestJson.Time(root, "from"), RequestJson.Time(root, "to"))),
            BudgetMilliseconds = (int?)RequestJson.Whole(root, "budget_ms", 1, Whole),
            Candidates = (int?)RequestJson.Whole(root, "candidates", 1, MostEffort),
            EfSearch = (int?)RequestJson.Whole(root, "ef_search", 1, MostEffort),
        };
    }

    /// <param name="shown">What the caller calls it.</param>
    /// <returns>Null: none was given.</returns>
    /// <exception cref="DocumentRejectedException">There is no such mode.</exception>
    public static SearchMode? ReadMode(string? name, string shown) => name is null ? null : Array.IndexOf(Modes, name) is >= 0 and var which
        ? (SearchMode)which
        : throw new DocumentRejectedException(shown, $"'{name}' is no mode", $"Those are {string.Join(", ", Modes)}.");

    /// <summary>In either form: an object, or a text.</summary>
    private static Filter? ReadFilter(JsonElement root) => !RequestJson.TryGet(root, "filter", out var filter) ? null
        : filter.ValueKind == JsonValueKind.String ? FilterText.Parse(RequestJson.Unicode("filter", filter)) : FilterJson.Parse(filter);

    /// <returns>How many parts come before it; null: there is none.</returns>
    private static int? FindGap(JsonElement parts)
    {
        if (parts.ValueKind != JsonValueKind.Array)
            return null;
        int? gap = null;
        var place = 0;
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
                && RequestJson.Unicode($"parts[{place}].type", type) == "gap")
            {
                if (gap is not null)
                    throw new DocumentRejectedException($"parts[{place}]", "is a second gap", "Look for one missing part at a time.");
                if (part.EnumerateObject().Count() > 1)
                    throw new DocumentRejectedException($"parts[{place}]", "is a gap with more than its type", "Send {\"type\": \"gap\"} alone.");
                gap = place;
            }

            place++;
        }

        return gap;
    }

    private static InterleavedDocument ReadDocument(JsonElement root, int? gap, DocumentLimits limits)
    {
        var parsed = Parse(root, gap, limits);
        return gap is not { } place ? parsed : parsed.Parts.Count > 1
            ? parsed with { Parts = [.. parsed.Parts.Take(place), .. parsed.Parts.Skip(place + 1)] }
            : throw new DocumentRejectedException("parts", "have nothing beside the gap", "Send the parts around it.");
    }

    private static InterleavedDocument Parse(JsonElement root, int? gap, DocumentLimits limits)
    {
        try
        {
            return DocumentJson.Parse(Document(root, gap), new DocumentReadOptions { Limits = limits });
        }
        catch (DocumentRejectedException rejected) when (rejected.Field == "parts[0].text" && RequestJson.TryGet(root, "text", out _))
        {
            // As its sender calls it.
            throw new DocumentRejectedException("text", rejected.Problem, "Send a shorter text, of characters that can be stored.", rejected);
        }
    }

    /// <summary>
    /// The question as a document. Its parts are copied byte by byte, so that what is wrong with them is found, and named, by the document's reader; for a gap stands a word,
    /// so that the others keep their numbers.
    /// </summary>
    private static ReadOnlyMemory<byte> Document(JsonElement root, int? gap)
    {
        var hasText = RequestJson.TryGet(root, "text", out var text);
        if (hasText == RequestJson.TryGet(root, "parts", out var parts))
            throw new DocumentRejectedException("parts", hasText ? "stands beside text" : "is missing", "Send either parts or text.");
        var document = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(document);
        json.WriteStartObject();
        json.WriteString("id", "question");
        json.WritePropertyName("parts");
        if (hasText)
            WriteText(json, text);
        else if (gap is { } place)
            WriteParts(json, parts, place);
        else
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(parts), skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return document.WrittenMemory;
    }

    private static void WriteParts(Utf8JsonWriter json, JsonElement parts, int gap)
    {
        json.WriteStartArray();
        foreach (var (place, part) in parts.EnumerateArray().Index())
        {
            if (place == gap)
                WriteTextPart(json, "gap");
            else
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(part), skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, JsonElement text)
    {
        if (text.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(RequestJson.Unicode("text", text)))
            throw new DocumentRejectedException("text", "is no text", "Send a string with at least one word.");
        json.WriteStartArray();
        WriteTextPart(json, text.GetString()!);
        json.WriteEndArray();
    }

    private static void WriteTextPart(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
