using System.Collections.Concurrent;
using System.CommandLine;
using UnifiedVlm.Bench.Ablations;
using UnifiedVlm.Training.Evaluation.Results;

var program = new Option<string>("--program") { Description = "uvlm", DefaultValueFactory = static _ => "./uvlm" };
var model = new Option<string>("--seeing") { Description = "Model folder of deploy/train.sh's first stage", DefaultValueFactory = static _ => "build/uvlm-tiny/see/model" };
var data = new Option<string>("--data") { Description = "Folder of data build", DefaultValueFactory = static _ => "build/data" };
var output = new Option<string>("--out") { Description = "Folder for the runs and ablations.md", DefaultValueFactory = static _ => "build/ablations" };
var budget = new Option<double>("--petaflop") { Description = "Floating-point operations of each run, in 10^15", DefaultValueFactory = static _ => 0.03 };
var max = new Option<int>("--max") { Description = "Items of each evaluation set; fewer than 4000 leave galleries out", DefaultValueFactory = static _ => TestSets.Largest };
var only = new Option<string[]>("--only") { Description = "Names of rows; all unless given", AllowMultipleArgumentsPerToken = true };
var seeds = new Option<int[]>("--seeds") { Description = "Numbers of the seeds, from 1; a row that is made once has the first", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [.. Enumerable.Range(1, Study.Seeds)] };
var sets = new Option<string[]>("--sets") { Description = "Evaluation sets; those of all columns unless given", AllowMultipleArgumentsPerToken = true };
var device = new Option<string>("--device") { Description = "As uvlm's own", DefaultValueFactory = static _ => "cpu" };
var precision = new Option<string>("--precision") { Description = "Of training: float32 or bfloat16", DefaultValueFactory = static _ => "float32" };
var kept = new Option<double>("--kept") { Description = "Share of what a row's training has changed that is kept (uvlm model interpolate), the same for all rows", DefaultValueFactory = static _ => 1 };
var jobs = new Option<int>("--jobs") { Description = "Rows at the same time; the processors are shared out", DefaultValueFactory = static _ => 1 };
var root = new RootCommand("Trains the rows of the study with equal compute, evaluates them and writes a table. What is finished is kept: run it again to go on.")
{
    program, model, data, output, budget, max, only, seeds, sets, precision, kept, device, jobs,
};
root.SetAction(result =>
{
    var names = result.GetValue(only) ?? [];
    var rows = Study.Objectives.Concat(Study.Toggles).Where(row => names.Length == 0 || names.Contains(row.Name)).ToList();
    if (rows.Count == 0)
        throw new ArgumentException($"--only: there are {string.Join(", ", Study.Objectives.Concat(Study.Toggles).Select(static row => row.Name))}.");
    var known = Figure.All.Select(static figure => figure.Set).Distinct().ToList();
    var measured = result.GetValue(sets) is { Length: > 0 } some ? some : [.. known];
    if (measured.Except(known).FirstOrDefault() is { } unknown)
        throw new ArgumentException($"--sets: there is no '{unknown}'; there are {string.Join(", ", known)}.");
    var folder = result.GetValue(output)!;
    var operations = result.GetValue(budget) * 1e15;
    var share = result.GetValue(kept);
    if (!(share > 0 && share <= 1))
        throw new ArgumentException("--kept must be above 0 and at most 1.");
    var name = share < 1 ? FormattableString.Invariant($"ablations-{share}.md") : "ablations.md";
    var side = Math.Max(1, result.GetValue(jobs));
    var runner = new Runner(
        Path.GetFullPath(result.GetValue(program)!), Path.GetFullPath(result.GetValue(model)!), Path.GetFullPath(result.GetValue(data)!), Path.GetFullPath(folder), operations,
        result.GetValue(max), measured, result.GetValue(precision)!, share, result.GetValue(device)!, Math.Max(1, Environment.ProcessorCount / side));
    var done = rows.ToDictionary(static row => row, static _ => new SortedList<int, EvaluationResult>());

    // Seed after seed: after the first of them every row is there once.
    var numbers = result.GetValue(seeds)!.Order().Distinct().ToArray();
    if (numbers is [] or [< 1, ..])
        throw new ArgumentException("--seeds must be numbers from 1.");
    var runs = numbers.SelectMany(seed => rows.Where(row => !row.Once || seed == numbers[0]).Select(row => (Row: row, Seed: seed)));
    Parallel.ForEach(Partitioner.Create(runs, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = side }, run =>
    {
        var evaluated = ResultsJson.Read(Path.Combine(runner.Run(run.Row, run.Seed), ResultsJson.FileName));
        lock (done)
        {
            done[run.Row].Add(run.Seed, evaluated);
            var table = Summary.Render([.. rows.Select(r => (r, (IReadOnlyList<EvaluationResult>)[.. done[r].Values]))], operations, share);
            File.WriteAllText(Path.Combine(folder, name), table);
        }
    });

    Console.Write(File.ReadAllText(Path.Combine(folder, name)));
    return 0;
});
return root.Parse(args).Invoke();
