using System.Text.Json.Nodes;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Bench.Queries;

/// <summary>The manuals of deploy/data.sh: passages of the pages for training and validation; paragraphs of the others and questions about all as queries.</summary>
internal sealed class Manuals
{
    private const string HeldOut = "test";
    private const int WordsOfPart = 25;
    private const int ShortestParagraph = 40;
    private const int LongestParagraph = 400;

    private readonly List<(string? Title, string Split, string[] Texts)> pages = [];
    private readonly List<string> questions = [];

    public Manuals(string folder)
    {
        foreach (var page in Lines(Path.Combine(folder, "manuals", "documents.jsonl")))
        {
            var texts = page["parts"]!.AsArray().Select(static part => (string?)part!["text"]).OfType<string>();
            pages.Add(((string?)page["title"], (string)page["split"]!, [.. texts.Where(static text => !string.IsNullOrWhiteSpace(text))]));
        }

        foreach (var question in Lines(Path.Combine(folder, "eval", "manual-questions", "questions.jsonl")))
            questions.Add((string)question["parts"]![0]!["text"]!);
    }

    /// <summary>Passages of so many consecutive parts, spread over all pages that are not held out. A part is a paragraph, or a piece of a longer one.</summary>
    public IReadOnlyList<InterleavedDocument> Passages(int count, int parts)
    {
        var all = pages.Where(static page => page.Split != HeldOut)
            .SelectMany(page => page.Texts.SelectMany(Pieces).Chunk(parts).Where(chunk => chunk.Length == parts).Select(chunk => (page.Title, Texts: chunk))).ToList();
        return [.. Spread(all, count).Select(static (passage, i) => new InterleavedDocument
        {
            Id = FormattableString.Invariant($"{i:d8}"),
            Title = passage.Title,
            Language = "en",
            Parts = [.. passage.Texts.Select(static text => new TextPart(text))],
        })];
    }

    /// <summary>Half of them questions, half paragraphs of pages that are held out.</summary>
    public IReadOnlyList<InterleavedDocument> Queries(int count)
    {
        var paragraphs = pages.Where(static page => page.Split == HeldOut).SelectMany(static page => page.Texts)
            .Where(static text => text.Length is >= ShortestParagraph and <= LongestParagraph).ToList();
        return [.. Spread(questions, count / 2).Concat(Spread(paragraphs, count - count / 2))
            .Select(static text => new InterleavedDocument { Id = "question", Parts = [new TextPart(text)] })];
    }

    private static IEnumerable<string> Pieces(string text)
        => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Chunk(WordsOfPart).Select(static words => string.Join(' ', words));

    private static IEnumerable<T> Spread<T>(List<T> all, int count)
    {
        var taken = Math.Min(count, all.Count);
        return Enumerable.Range(0, taken).Select(i => all[(int)((long)i * all.Count / taken)]);
    }

    private static IEnumerable<JsonObject> Lines(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"{file} is missing. Run deploy/data.sh, or name another folder with --manuals.");
        return File.ReadLines(file).Select(static line => JsonNode.Parse(line)!.AsObject());
    }
}
