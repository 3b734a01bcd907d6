using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary>Questions for who has none: spans of words of stored documents, each with its document as what is right.</summary>
internal static class SampledQuestions
{
    private const int Seed = 4711;
    private const int SpanWords = 16;
    private const int PageDocuments = 64;

    /// <exception cref="UsageException">There is no text to make them of.</exception>
    public static async Task<IReadOnlyList<JudgedQuestion>> MakeAsync(
        Store store, SearchStore search, string tenant, string? collection, int count, CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        var questions = new List<JudgedQuestion>();
        foreach (var page in (await SampleAsync(store, tenant, collection, count, random, cancellationToken)).Chunk(PageDocuments))
        {
            foreach (var document in await search.LoadDocumentsAsync(tenant, page, cancellationToken))
            {
                if (Span(document, random) is not { } span)
                    continue;
                var query = new InterleavedDocument { Id = "question", Parts = [new TextPart(span)] };
                questions.Add(new JudgedQuestion(
                    (questions.Count + 1).ToString(CultureInfo.InvariantCulture), new Question(query, tenant, collection, null, null, null), new Dictionary<string, double> { [document.Id] = 1 }));
            }
        }

        return questions.Count > 0
            ? questions
            : throw new UsageException($"Tenant '{tenant}' has no document with text{(collection is null ? "" : $" in collection '{collection}'")}: give another --tenant or --collection, or --queries.");
    }

    /// <summary>Every document is as likely as any other (Vitter's algorithm R), and the same store gives the same ones.</summary>
    private static async Task<string[]> SampleAsync(Store store, string tenant, string? collection, int count, Random random, CancellationToken cancellationToken)
    {
        var sample = new List<string>();
        var seen = 0;
        foreach (var name in collection is null ? await store.Catalog.ListCollectionsAsync(tenant, cancellationToken) : [collection])
        {
            await foreach (var document in store.Versions.ListVersionsAsync(tenant, name, cancellationToken))
            {
                seen++;
                if (sample.Count < count)
                    sample.Add(document.Id);
                else if (random.Next(seen) is var place && place < count)
                    sample[place] = document.Id;
            }
        }

        return [.. sample];
    }

    private static string? Span(InterleavedDocument document, Random random)
    {
        var texts = document.Parts.OfType<TextPart>().Where(static part => !string.IsNullOrWhiteSpace(part.Text)).ToArray();
        if (texts.Length == 0)
            return null;
        var words = texts[random.Next(texts.Length)].Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var from = random.Next(Math.Max(1, words.Length - SpanWords + 1));
        return string.Join(' ', words.Skip(from).Take(SpanWords));
    }
}
