using System.CommandLine;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary><c>uvlm eval retrieval</c>: how well the user's judged questions find what is right, list by list.</summary>
internal static class EvalRetrievalCommand
{
    public static Command Create()
    {
        var queries = new Option<string>("--queries")
        {
            Description = "Judged questions, a line each: {\"id\", \"parts\" or \"text\", \"relevant\": {\"document id\": grade}}",
            Required = true,
        }.NotEmpty();
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var tune = new Option<bool>("--tune") { Description = "Find what the lists should weigh for these questions, and how similar evidence has to be" };
        var command = new Command("retrieval", "Measure search on judged questions over the stored documents: nDCG@10, recall, MRR and latency of each list and of all.") { queries, tenant, collection, tune };
        // Read before anything is started.
        IReadOnlyList<JudgedQuestion> questions = [];
        return NodeCommand.Create(command, async (node, result, cancellationToken) =>
        {
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            var asked = questions.Select(q => q with { Question = q.Question with { Tenant = result.GetValue(tenant)!, Collection = q.Question.Collection ?? where } });
            var evaluation = new RetrievalEvaluation(await node.StartQueriesAsync(cancellationToken), [.. asked]);
            var progress = new ProgressLine();
            var began = TimeProvider.System.GetTimestamp();
            progress.Begin("retrieval");
            var rows = await evaluation.RunAsync((done, of) => progress.Show("searches", done, of), cancellationToken);
            progress.End(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            Console.Write(RetrievalTable.Render(questions.Count, rows));
            if (result.GetValue(tune))
            {
                var answers = await evaluation.RankAsync((done, of) => progress.Show("ranks", done, of), cancellationToken);
                progress.Clear();
                Console.Write(RetrievalTable.Render(new RankingTuner(answers, node.Ranking.RankConstant), questions.Count, node.Ranking.Weights, SimilarityFloor.Of(answers)));
            }

            return 0;
        }, result =>
        {
            questions = QuestionLines.Read(result.GetValue(queries)!);
            if (questions.FirstOrDefault(static q => q.Relevant.Count == 0) is { } unjudged)
                throw new UsageException($"--queries: question {unjudged.Id} has no \"relevant\"; say which documents are right.");
            if (questions.FirstOrDefault(static q => q.Question.Mode is not (Actors.Queries.SearchMode.Documents or Actors.Queries.SearchMode.Like)) is { } other)
                throw new UsageException($"--queries: question {other.Id} looks for parts; what is measured is documents.");
        });
    }
}
