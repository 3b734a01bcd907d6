using System.CommandLine;
using UnifiedVlm.Server.Cli.Refusals;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Training.Evaluation;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Tasks;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm eval</c>: what a checkpoint can do, each figure beside chance.</summary>
internal static class EvalCommand
{
    private const string SetsFolder = "eval";

    private static readonly string Formats = string.Join(", ", SetManifest.FormatNames);

    public static Command Create()
    {
        var settings = new ModelSettings();
        var data = new Option<string?>("--data") { Description = "Folder with eval/manifest.json" }.NotEmpty();
        var sets = new Option<string?>("--sets") { Description = "Only these sets of the manifest, separated by commas; a trailing * stands for any ending [default: all]" };
        var set = new Option<string?>("--set") { Description = $"In place of --data: one set, in this format ({Formats})" };
        var path = new Option<string?>("--path") { Description = "The file of --set, or its folder" }.NotEmpty();
        var images = new Option<string?>("--images") { Description = "Folder of the pictures of --set [default: the file's own]" }.NotEmpty();
        var split = new Option<string>("--split") { Description = "Split of a karpathy file, several separated by commas, or all", DefaultValueFactory = static _ => SetEntry.DefaultSplit };
        var gallery = new Option<int?>("--gallery") { Description = "Of a karpathy file: so many pictures compete with each other, gallery after gallery; COCO's 1K figures are five of 1000" };
        var output = new Option<string?>("--out") { Description = "Folder for results.json, results.md and results.svg" }.NotEmpty();
        var scores = new Option<string?>("--scores") { Description = $"Of what stories are compared by, only these, separated by commas: {string.Join(", ", Similarity.Names)} [default: all]" };
        var max = new Option<int?>("--max") { Description = "The first so many items of each set [default: all]" };
        var keepGoing = new Option<bool>("--keep-going") { Description = "Leave out items that can't be used, such as one with a damaged picture, and name them, instead of stopping" };
        var command = new Command("eval", "Measure a checkpoint on sets in public formats: retrieval, hard negatives, stories, answers; see docs/evaluation.md.");
        settings.AddTo(command);
        foreach (var option in new Option[] { data, sets, set, path, images, split, gallery, output, scores, max, keepGoing })
            command.Options.Add(option);
        command.Subcommands.Add(CreateCompare());
        command.Subcommands.Add(EvalRetrievalCommand.Create());
        command.Subcommands.Add(EvalRefusalCommand.Create());
        command.SetAction((result, cancellationToken) =>
        {
            if (result.GetValue(max) is < 1)
                throw new UsageException("--max must be at least 1.");
            if (result.GetValue(gallery) is < 2)
                throw new UsageException("--gallery must be at least 2.");
            if (result.GetResult(split) is { Implicit: false } && result.GetValue(set) != SetManifest.NameOf(SetFormat.Karpathy))
                throw new UsageException("--split goes with --set karpathy; in a manifest it is a field of the set.");
            if (result.GetValue(split)!.AsSpan().Trim(", ").IsEmpty)
                throw new UsageException("--split names no split.");
            if (result.GetValue(set) is null && (result.GetValue(path) ?? result.GetValue(images)) is not null)
                throw new UsageException("--path and --images go with --set; in a manifest they are fields of the set.");
            if (result.GetValue(set) is not null && result.GetValue(sets) is not null)
                throw new UsageException("--sets goes with --data; --set is one set.");
            if (result.GetValue(gallery) is not null && result.GetValue(set) != SetManifest.NameOf(SetFormat.Karpathy))
                throw new UsageException("--gallery goes with --set karpathy; in a manifest it is a field of the set.");
            var entries = (result.GetValue(data), result.GetValue(set)) switch
            {
                ({ } folder, null) => Select(SetManifest.Load(Path.Combine(folder, SetsFolder)), result.GetValue(sets)),
                (null, { } format) => [new SetEntry(format, SetManifest.Format("--set", format), result.GetValue(path) ?? throw new UsageException("--set needs --path."), result.GetValue(images)) { Split = result.GetValue(split)!, Gallery = result.GetValue(gallery) }],
                _ => throw new UsageException("Give either --data DIR or --set FORMAT --path FILE."),
            };
            var wanted = Scores(result.GetValue(scores));
            return Task.FromResult(Run(
                result, settings, entries, (model, entry) => Evaluator.Run(model, entry, result.GetValue(max), wanted, result.GetValue(keepGoing), cancellationToken), result.GetValue(output)));
        });
        return command;
    }

    private static Command CreateCompare()
    {
        var first = new Argument<string>("first") { Description = "A results.json" }.NotEmpty();
        var second = new Argument<string>("second") { Description = "Another, over the same sets" }.NotEmpty();
        var command = new Command("compare", "Compare two evaluations item by item: first minus second, with 95 % bounds by the paired bootstrap.") { first, second };
        command.SetAction(result =>
        {
            var (a, b) = (ResultsJson.Read(result.GetValue(first)!), ResultsJson.Read(result.GetValue(second)!));
            var comparison = Comparison.Of(a, b);
            if (comparison.Differences.Count == 0)
                throw new UsageException(comparison.Refused.Count > 0 ? string.Join("; ", comparison.Refused) : "The two evaluations have no item of any measure in common.");
            Console.Write(comparison.Render($"{a.Model} ({a.Fingerprint})", $"{b.Model} ({b.Fingerprint})"));
            foreach (var refused in comparison.Refused)
                Console.Error.WriteLine($"uvlm: {refused}");
            return comparison.Refused.Count > 0 ? 1 : 0;
        });
        return command;
    }

    private static int Run(ParseResult result, ModelSettings settings, IReadOnlyList<SetEntry> entries, Func<IEvaluatedModel, SetEntry, SetResult> evaluate, string? output)
    {
        if (output is not null)
            Directory.CreateDirectory(output);
        using var model = settings.Load(result);
        var progress = new ProgressLine();
        var evaluated = new EvaluatedModel(model, settings.Threads(result), progress.Show);
        var folder = new DirectoryInfo(settings.Folder(result));
        var start = new EvaluationResult(folder.Name, model.Encoder.Fingerprint, model.IsTrained, []);
        ResultsFolder.Collect(start, Sets(), output);
        return 0;

        // Each set is shown as soon as it is measured: a later one may fail or be given up.
        IEnumerable<SetResult> Sets()
        {
            var head = ResultsTable.Head(start);
            foreach (var entry in entries)
            {
                progress.Begin(entry.Name);
                var set = evaluate(evaluated, entry);
                progress.End(set.Seconds);
                foreach (var item in set.LeftOut)
                    Console.Error.WriteLine($"uvlm: left out of set {set.Name}: {item}");
                Console.Write(head + ResultsTable.Of(set));
                head = "";
                yield return set;
            }
        }
    }

    private static List<SetEntry> Select(IReadOnlyList<SetEntry> entries, string? names)
    {
        if (names is null)
            return [.. entries];
        var patterns = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (patterns.Length == 0)
            throw new UsageException("--sets names no set.");
        if (patterns.FirstOrDefault(pattern => !entries.Any(entry => Fits(entry.Name, pattern))) is { } unknown)
            throw new UsageException($"--sets: there is no set '{unknown}'; there are {string.Join(", ", entries.Select(static e => e.Name))}.");
        return [.. entries.Where(entry => patterns.Any(pattern => Fits(entry.Name, pattern)))];
    }

    private static string[]? Scores(string? names)
    {
        var scores = names?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (scores is [])
            throw new UsageException("--scores names nothing to compare by.");
        return scores?.FirstOrDefault(static name => !Similarity.Names.Contains(name)) is { } unknown
            ? throw new UsageException($"--scores: there is no '{unknown}'; there are {string.Join(", ", Similarity.Names)}.")
            : scores;
    }

    private static bool Fits(string name, string pattern) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
}
