using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using UnifiedVlm.Training.Data.Build;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm data</c>: makes training and evaluation data.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var output = Setting.Path("--out", "UVLM_TRAINING_DATA", "build/data", "Folder to write");
        var seed = Setting.Number("--seed", "UVLM_SEED", 1, "The same sources and seed give the same data");
        var sources = Setting.Path("--sources", "UVLM_SOURCES", "build/sources", "Folder that deploy/emoji.sh and deploy/manuals.sh fetch the packages into");
        var withoutManuals = Setting.Flag("--no-manuals", "UVLM_NO_MANUALS", "Leave out the manuals: documents, their figures, and questions with evidence");
        var build = new Command("build", "Build training and evaluation data: scenes, questions and stories made of emoji, and manuals. deploy/data.sh fetches the sources first.")
        {
            output,
            seed,
            sources,
            withoutManuals,
        };
        build.SetAction((result, cancellationToken) => BuildAsync(
            result.GetValue(output)!, result.GetValue(seed), result.GetValue(sources)!, !result.GetValue(withoutManuals), cancellationToken));
        return new Command("data", "Make training and evaluation data.") { build, DataPartsCommand.Create() };
    }

    private static async Task<int> BuildAsync(string output, int seed, string sources, bool withManuals, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var builder = new DataBuilder(output, (ulong)seed);
        BuildSummary? summary = null;
        await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(async context =>
        {
            var bar = new ProgressBars(context);
            summary = await builder.BuildAsync(sources, withManuals, bar, cancellationToken);
        });
        foreach (var (split, concepts) in summary!.Concepts)
            AnsiConsole.MarkupLineInterpolated($"{split}: {concepts} concepts, {summary.Sprites[split]} pictures");
        AnsiConsole.MarkupLineInterpolated($"scenes: {summary.Things} things, {summary.HeldOutPairs} of {summary.Pairs} pairs kept for validation and test");
        foreach (var (what, number) in summary.Manuals)
            AnsiConsole.MarkupLineInterpolated($"manuals: {number} {what}");
        foreach (var (name, pictures) in summary.Evaluation)
            AnsiConsole.MarkupLineInterpolated($"eval/{name}: {pictures} pictures");
        AnsiConsole.MarkupLineInterpolated($"{output}: built in {watch.Elapsed.TotalSeconds:0} s; samples in {Path.Combine(output, "report.html")}");
        return 0;
    }

    /// <summary>One bar for each stage.</summary>
    private sealed class ProgressBars(ProgressContext context) : IProgress<BuildProgress>
    {
        private readonly Dictionary<string, ProgressTask> tasks = new(StringComparer.Ordinal);

        public void Report(BuildProgress value)
        {
            if (!tasks.TryGetValue(value.Stage, out var task))
                tasks.Add(value.Stage, task = context.AddTask(value.Stage, maxValue: value.Total));
            task.Value = value.Done;
        }
    }
}
