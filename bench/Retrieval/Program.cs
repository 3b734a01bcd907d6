// What each list of candidates and each reranker is worth, on the model's evaluation sets: dotnet run -c Release --project bench/Retrieval -- --help
using System.CommandLine;
using UnifiedVlm.Bench.Retrieval;

var source = new Option<string>("--source") { DefaultValueFactory = _ => "build/data", Description = "What 'uvlm data build' has made" };
var program = new Option<string>("--program") { DefaultValueFactory = _ => "./uvlm", Description = "What is run" };
var data = new Option<string?>("--data") { Description = "Folder of the store, kept; one of its own unless given. PostgreSQL's user has to be able to enter" };
var most = new Option<int>("--most") { DefaultValueFactory = _ => 1000, Description = "Documents and questions of a set" };
var only = new Option<string[]>("--only") { AllowMultipleArgumentsPerToken = true, Description = "Names of sets; all unless given" };
var root = new RootCommand("Makes documents and judged questions of the evaluation sets, ingests each set into a collection of its own, and runs 'uvlm eval retrieval' over it.")
{
    source, program, data, most, only,
};
root.SetAction(async (result, cancellationToken) =>
{
    var folder = Path.GetFullPath(result.GetValue(data) ?? Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}"));
    Directory.CreateDirectory(folder);
    try
    {
        var wanted = result.GetValue(only)!;
        var sets = JudgedSet.All(result.GetValue(source)!, result.GetValue(most)).Where(s => wanted.Length == 0 || wanted.Contains(s.Name)).ToList();
        foreach (var set in sets)
            await set.RunAsync(result.GetValue(program)!, folder, cancellationToken);
        await JudgedSet.TuneAsync(sets, result.GetValue(program)!, folder, cancellationToken);
        return 0;
    }
    finally
    {
        if (result.GetValue(data) is null)
            Directory.Delete(folder, recursive: true);
    }
});
return await root.Parse(args).InvokeAsync();
