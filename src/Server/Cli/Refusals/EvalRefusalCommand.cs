using System.CommandLine;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Refusals;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Server.Cli.Refusals;

/// <summary><c>uvlm eval refusal</c>: whether a checkpoint refuses where the evidence does not answer, told before a word is written; and what its refusal.json should say.</summary>
internal static class EvalRefusalCommand
{
    public static Command Create()
    {
        var settings = new ModelSettings();
        var questions = new Option<string>("--questions") { Description = "Questions with evidence, some of them with \"answerable\": false, as in docs/evaluation.md; pictures count from its folder", Required = true }.NotEmpty();
        var tune = new Option<bool>("--tune") { Description = "Find the weights of the model's refusal.json for these questions" };
        var fit = new Option<string?>("--fit") { Description = "With --tune: fit the weights to the questions of this file, harder ones, and only the bias to those of --questions" }.NotEmpty();
        var command = new Command("refusal", "Measure when a checkpoint says that the documents do not say, on questions with and without the evidence that answers them.") { questions, tune, fit };
        settings.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            var files = new List<string> { result.GetValue(questions)! };
            if (result.GetValue(fit) is { } harder)
                files.Add(result.GetValue(tune) ? harder : throw new UsageException("--fit goes with --tune."));
            var sets = files.ConvertAll(static file => (QuestionSet)SetLoader.Load(new SetEntry("refusal", SetFormat.Questions, file, null)));
            for (var i = 0; i < sets.Count; i++)
                RequireBothKinds(files[i], sets[i].Items.Where(static item => item.Evidence is not null).Select(static item => item.IsAnswerable));
            using var model = settings.Load(result);
            var read = sets.ConvertAll(set => Read(model, settings.Threads(result), set, cancellationToken));
            for (var i = 0; i < read.Count; i++)
                RequireBothKinds(files[i], read[i].Judged.Select(static q => q.IsAnswerable));
            var weights = read.Count > 1 ? new RefusalTuner(read[1].Judged).Fit() : null;
            Console.Write(RefusalTable.Render(read[0].LeftOut, read[0].Judged, model.Refusal, result.GetValue(tune), weights));
            return Task.FromResult(0);
        });
        return command;
    }

    private static void RequireBothKinds(string file, IEnumerable<bool> answerable)
    {
        if (answerable.Distinct().Count() < 2)
            throw new UsageException($"{file}: questions with evidence of both kinds are needed, answerable and not, of text alone and of at most {AskedSpan.MaxLength} tokens.");
    }

    private static (List<(RefusalSigns Signs, bool IsAnswerable)> Judged, int LeftOut) Read(UnifiedModel model, int threads, QuestionSet set, CancellationToken cancellationToken)
    {
        var items = set.Items.Where(static item => item.Evidence is not null).ToList();
        var progress = new ProgressLine();
        var began = TimeProvider.System.GetTimestamp();
        progress.Begin(set.Name);
        var signs = new EvaluatedModel(model, threads, progress.Show)
            .Signs(items.ConvertAll(item => new AskedQuestion(item.Question with { Id = item.Id }, item.Evidence, set.MaxTokens)), set.Pictures, cancellationToken);
        progress.End(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        List<(RefusalSigns, bool)> judged = [.. items.Zip(signs).Where(static pair => pair.Second is not null).Select(static pair => (pair.Second!.Value, pair.First.IsAnswerable))];
        return (judged, items.Count - judged.Count);
    }
}
