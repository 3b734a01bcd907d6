using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Retrieval;

/// <summary>Questions about the manuals, among the pages that any question was given as evidence. Right is each page that holds the answer's words.</summary>
internal static class ManualSet
{
    public static JudgedSet Read(string evaluation, string manuals, int most)
    {
        var questions = File.ReadLines(Path.Combine(evaluation, "manual-questions", "questions.jsonl")).Select(static line => JsonNode.Parse(line)!)
            .Where(static question => question["answerable"]!.GetValue<bool>())
            .Take(most)
            .ToList();
        var wanted = questions.SelectMany(Evidence).ToHashSet(StringComparer.Ordinal);
        var pages = File.ReadLines(Path.Combine(manuals, "documents.jsonl")).Select(static line => JsonNode.Parse(line)!)
            .Select(static page => (Id: page["id"]!.GetValue<string>(), Title: page["title"]!.GetValue<string>(), Texts: Texts(page)))
            .Where(page => wanted.Contains(page.Id) && page.Texts.Length > 0)
            .ToList();
        var words = pages.ToDictionary(static page => page.Id, static page => Plain(string.Join(' ', page.Texts)), StringComparer.Ordinal);
        var asked = questions.Select(question => JudgedSet.Question(
            question["id"]!.GetValue<string>(),
            question["parts"]!.AsArray().Select(static part => part!["text"]?.GetValue<string>()).OfType<string>().Select(JudgedSet.Text),
            words.Where(page => page.Value.Contains(Plain(question["answers"]![0]!.GetValue<string>()), StringComparison.Ordinal)).Select(static page => page.Key)));
        return new JudgedSet(
            "manual-questions",
            evaluation,
            [.. pages.Select(static page =>
            {
                var document = JudgedSet.Document(page.Id, page.Texts.Select(JudgedSet.Text));
                document["title"] = page.Title;
                return document;
            })],
            [.. asked.Where(static question => question["relevant"]!.AsObject().Count > 0)]);
    }

    private static IEnumerable<string> Evidence(JsonNode question) => question["evidence"]!.AsArray().Select(static page => page!["id"]!.GetValue<string>());

    private static string[] Texts(JsonNode page)
        => [.. page["parts"]!.AsArray().Select(static part => part!["text"]?.GetValue<string>()).Where(static text => !string.IsNullOrWhiteSpace(text)).OfType<string>()];

    /// <summary>Answers were cut out of their pages; only the white space was made plain.</summary>
    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
