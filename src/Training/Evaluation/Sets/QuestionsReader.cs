using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>
/// <c>{"id", "parts": [..], "evidence": [document..]?, "answers": [..], "answerable": bool?}</c> a line. Parts are as in documents; pictures by path count
/// from the set's picture folder.
/// </summary>
internal static class QuestionsReader
{
    private static readonly DocumentReadOptions Reading = new() { AllowFilePaths = true };

    public static QuestionSet Read(SetEntry entry, PictureFolder pictures, int max) =>
        new(entry.Name, pictures.Resolver, [.. SetFile.ReadLines(entry.Path).Take(max).Select(Item)], entry.MaxTokens);

    private static QuestionItem Item(JsonItem item)
    {
        var answerable = item.OptionalFlag("answerable") ?? true;
        var answers = item.Has("answers") || answerable ? item.List("answers").Select(answer => Answer(item, answer)).ToList() : [];
        if (answers.Count == 0 && answerable)
            throw item.Wrong("answers", "is empty, but the question is answerable");
        return new QuestionItem(item.Id("id"), Document(item, item.Element, "question", "", "parts"), Evidence(item), answers, answerable);
    }

    private static string Answer(JsonItem item, JsonElement answer) =>
        answer.ValueKind == JsonValueKind.String ? answer.GetString()! : throw item.Wrong("answers", "holds something else than strings");

    private static List<InterleavedDocument>? Evidence(JsonItem item) => item.Has("evidence")
        ? [.. item.Items("evidence").Select((document, i) => Document(item, document.Element, $"evidence[{i}]", $"evidence[{i}].", null))]
        : null;

    /// <summary>Copied byte by byte, so that what is wrong is found, and named, by the document's reader.</summary>
    /// <param name="id">Where it has none of its own.</param>
    /// <param name="only">The one field to take, where the object holds more than a document.</param>
    private static InterleavedDocument Document(JsonItem item, JsonElement source, string id, string prefix, string? only)
    {
        using var copy = new MemoryStream();
        using (var json = new Utf8JsonWriter(copy))
        {
            json.WriteStartObject();
            if (only is not null || !source.TryGetProperty("id", out _))
                json.WriteString("id", id);
            foreach (var field in source.EnumerateObject())
            {
                if (only is not null && field.Name != only)
                    continue;
                json.WritePropertyName(field.Name);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        try
        {
            return DocumentJson.Parse(copy.ToArray(), Reading);
        }
        catch (DocumentRejectedException error)
        {
            throw item.Wrong($"{prefix}{error.Field}", $"{error.Problem}. {error.Fix}", error);
        }
    }
}
