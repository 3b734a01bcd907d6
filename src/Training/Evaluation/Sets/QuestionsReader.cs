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

    public static QuestionSet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max)
    {
        List<QuestionItem> items = [.. SetFile.ReadLines(entry.Path, reading, Item).Take(max)];
        var unmeasured = items.Count(static item => !item.IsAnswerable && item.Evidence is null);
        return new QuestionSet(entry.Name, pictures.Resolver, items, entry.MaxTokens)
        {
            Note = unmeasured == 0 ? null : $"{unmeasured} of {items.Count} questions are left out: they can't be answered and have no evidence to say so of",
        };
    }

    /// <summary>Of a document that has no id of its own.</summary>
    internal static string EvidenceId(int index) => $"evidence[{index}]";

    private static QuestionItem Item(JsonItem item)
    {
        var answerable = item.OptionalFlag("answerable") ?? true;
        var answers = item.Has("answers") || answerable ? item.List("answers").Select(answer => Answer(item, answer)).ToList() : [];
        if (answers.Count == 0 && answerable)
            throw item.Wrong("answers", "is empty, but the question is answerable");
        return new QuestionItem(item.Id("id"), Document(item, item.Element, "question", "", "parts"), Evidence(item), answers, answerable);
    }

    private static string Answer(JsonItem item, JsonElement answer) =>
        answer.ValueKind == JsonValueKind.String ? item.Unicode("answers", answer) : throw item.Wrong("answers", "holds something else than strings");

    private static List<InterleavedDocument>? Evidence(JsonItem item) => item.Has("evidence")
        ? [.. item.Items("evidence").Select((document, i) => Document(item, document.Element, EvidenceId(i), $"{EvidenceId(i)}.", null))]
        : null;

    /// <param name="id">Where it has none of its own.</param>
    /// <param name="only">The one field to take, where the object holds more than a document.</param>
    private static InterleavedDocument Document(JsonItem item, JsonElement source, string id, string prefix, string? only)
    {
        try
        {
            return NestedDocumentJson.Parse(source, Reading, id, only is null ? null : [only]);
        }
        catch (DocumentRejectedException error)
        {
            throw item.Wrong($"{prefix}{error.Field}", $"{error.Problem}. {error.Fix}", error);
        }
    }
}
