using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary><c>uvlm index compare</c>: what two models' indexes find of the same questions.</summary>
internal static class IndexCompareCommand
{
    public static Command Create()
    {
        var settings = new NodeSettings();
        var logLevel = Logs.CreateOption("warning");
        var against = new Option<string>("--against") { Description = "Folder of the other checkpoint, whose index --model's is compared with", Required = true }.NotEmpty();
        var queries = new Option<string?>("--queries") { Description = "Questions, a line each as 'uvlm eval retrieval' takes them, judged or not" }.NotEmpty();
        var sample = Number("--sample", 100, "In place of --queries: so many questions made of spans of stored documents, the same ones every time");
        var k = Number("--k", 10, "Documents that are looked at");
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var command = new Command("compare", "Ask two indexes the same questions, each with its model: how much they agree, nDCG, recall and MRR where it is known what is right, and times.")
        {
            against, queries, sample, k, tenant, collection, logLevel,
        };
        settings.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(k) > 100)
                throw new UsageException("--k must be from 1 to 100.");
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            // Read before anything is started.
            var questions = result.GetValue(queries) is { } file ? QuestionLines.Read(file) : null;
            if (questions?.FirstOrDefault(static q => q.Question.Mode is not (Actors.Queries.SearchMode.Documents or Actors.Queries.SearchMode.Like)) is { } other)
                throw new UsageException($"--queries: question {other.Id} looks for parts; what is compared is documents.");
            using var loggers = Logs.CreateFactory(result.GetValue(logLevel)!);
            var options = settings.Read(result);
            var compared = new List<AskedIndex>();
            // One after the other: a machine that holds one model need not hold two.
            foreach (var folder in (string[])[Path.GetFullPath(result.GetValue(against)!), options.ModelDirectory])
            {
                await using var node = await Node.StartAsync(options with { ModelDirectory = folder }, loggers, cancellationToken);
                var generation = await node.Store.Generations.FindAsync(node.Info.Fingerprint, node.Info.Dimension, cancellationToken);
                var search = await node.Store.OpenSearchAsync(generation, cancellationToken);
                questions ??= await SampledQuestions.MakeAsync(node.Store, search, result.GetValue(tenant)!, where, result.GetValue(sample), cancellationToken);
                questions = [.. questions.Select(q => q with { Question = q.Question with { Tenant = result.GetValue(tenant)!, Collection = q.Question.Collection ?? where } })];
                compared.Add(await AskedIndex.AskAsync(node.StartQueries(search), generation, questions, result.GetValue(k), cancellationToken));
            }

            if (compared[0].Generation.Id == compared[1].Generation.Id)
                throw new UsageException("--model and --against are the same model. Name two.");
            Console.Write(ComparisonTable.Render(questions!, compared[0], compared[1], result.GetValue(k), sampled: result.GetValue(queries) is null));
            return 0;
        });
        return command;
    }

    private static Option<int> Number(string name, int fallback, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} must be at least 1.");
        });
        return option;
    }
}
