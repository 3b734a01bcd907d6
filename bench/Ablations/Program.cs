using System.CommandLine;
using UnifiedVlm.Bench.Ablations;
using UnifiedVlm.Training.Evaluation.Results;

var program = new Option<string>("--program") { Description = "uvlm", DefaultValueFactory = static _ => "./uvlm" };
var model = new Option<string>("--seeing") { Description = "Model folder of deploy/train.sh's first stage", DefaultValueFactory = static _ => "build/uvlm-tiny/see/model" };
var data = new Option<string>("--data") { Description = "Folder of data build", DefaultValueFactory = static _ => "build/data" };
var output = new Option<string>("--out") { Description = "Folder for the runs and ablations.md", DefaultValueFactory = static _ => "build/ablations" };
var budget = new Option<double>("--petaflop") { Description = "Floating-point operations of each run, in 10^15", DefaultValueFactory = static _ => 0.03 };
var max = new Option<int>("--max") { Description = "Items of each evaluation set", DefaultValueFactory = static _ => 2000 };
var only = new Option<string[]>("--only") { Description = "Names of rows; all unless given", AllowMultipleArgumentsPerToken = true };
var root = new RootCommand("Trains the rows of the study with equal compute, evaluates them and writes a table. What is finished is kept: run it again to go on.")
{
    program, model, data, output, budget, max, only,
};
root.SetAction(result =>
{
    var names = result.GetValue(only) ?? [];
    var rows = Study.Objectives.Concat(Study.Toggles).Where(row => names.Length == 0 || names.Contains(row.Name)).ToList();
    if (rows.Count == 0)
        throw new ArgumentException($"--only: there are {string.Join(", ", Study.Objectives.Concat(Study.Toggles).Select(static row => row.Name))}.");
    var folder = result.GetValue(output)!;
    var operations = result.GetValue(budget) * 1e15;
    var runner = new Runner(
        Path.GetFullPath(result.GetValue(program)!), Path.GetFullPath(result.GetValue(model)!), Path.GetFullPath(result.GetValue(data)!), Path.GetFullPath(folder), operations, result.GetValue(max));
    var done = rows.ToDictionary(static row => row, static _ => new List<EvaluationResult>());

    // Seed after seed: after the first third every row is there once.
    for (var seed = 1; seed <= rows.Max(static row => row.Seeds); seed++)
    {
        foreach (var row in rows.Where(row => seed <= row.Seeds))
        {
            done[row].Add(ResultsJson.Read(Path.Combine(runner.Run(row, seed), ResultsJson.FileName)));
            var table = Summary.Render([.. rows.Select(r => (r, (IReadOnlyList<EvaluationResult>)done[r]))], operations);
            File.WriteAllText(Path.Combine(folder, "ablations.md"), table);
        }
    }

    Console.Write(File.ReadAllText(Path.Combine(folder, "ablations.md")));
    return 0;
});
return root.Parse(args).Invoke();
