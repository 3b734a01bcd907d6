using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary>What an index answered, way by way and question by question.</summary>
internal sealed record AskedIndex(IndexGeneration Generation, IReadOnlyList<AskedQuestion[]> Ways)
{
    /// <summary>As a user searches, and without the words, which are the same in every index.</summary>
    public static readonly (string Name, SearchLists Lists)[] Searches = [("all lists", SearchLists.All), ("vectors alone", SearchLists.Parts | SearchLists.Documents)];

    public static async Task<AskedIndex> AskAsync(
        IQueryService queries, IndexGeneration generation, IReadOnlyList<JudgedQuestion> questions, int k, CancellationToken cancellationToken)
    {
        var progress = new ProgressLine();
        var began = TimeProvider.System.GetTimestamp();
        progress.Begin($"generation {generation.Id}");
        var ways = new List<AskedQuestion[]>();
        foreach (var (_, lists) in Searches)
        {
            var asked = new AskedQuestion[questions.Count];
            // Once for the caches.
            await queries.SearchAsync(Request(questions[0]), cancellationToken);
            for (var q = 0; q < asked.Length; q++)
            {
                var response = await queries.SearchAsync(Request(questions[q]), cancellationToken);
                asked[q] = new AskedQuestion([.. response.Hits.Select(static hit => hit.Id)], response.Timings.Total.TotalMilliseconds);
                progress.Show("searches", ways.Count * asked.Length + q + 1, Searches.Length * asked.Length);
            }

            ways.Add(asked);

            SearchRequest Request(JudgedQuestion question) => question.Question.ToSearch(k) with { K = k, Lists = lists, Snippets = false };
        }

        progress.End(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        return new AskedIndex(generation, ways);
    }
}

/// <param name="Ids">Of the documents found, best first.</param>
internal sealed record AskedQuestion(IReadOnlyList<string> Ids, double Milliseconds);
