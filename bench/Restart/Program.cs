// From a restart to the first document, on a large store: dotnet run -c Release --project bench/Restart -- --help
using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Bench.Restart;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var documents = new Option<int>("--documents") { DefaultValueFactory = _ => 100_000, Description = "Of the store that is restarted on" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "Restarts of each kind, in turns" };
var data = new Option<string?>("--data") { Description = "Folder of the store, kept and used again; one of its own unless given. PostgreSQL's user has to be able to enter" };
var model = new Option<string>("--model") { DefaultValueFactory = _ => "models/uvlm-tiny", Description = "Folder of the checkpoint" };
var program = new Option<string>("--program") { DefaultValueFactory = _ => "artifacts/bin/UnifiedVlm.Server/release/uvlm", Description = "What is started" };
var root = new RootCommand("Fills a store, then restarts a node on it, after an orderly stop and after a kill, and takes the time to the first new document.")
{
    documents, rounds, data, model, program,
};
root.SetAction(async (result, _) =>
{
    var folder = result.GetValue(data) ?? Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
    try
    {
        using var bench = await RestartBench.PrepareAsync(Path.GetFullPath(folder), Path.GetFullPath(result.GetValue(model)!), result.GetValue(documents), result.GetValue(program)!);
        await bench.RunAsync(result.GetValue(rounds));
        return 0;
    }
    finally
    {
        if (result.GetValue(data) is null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
});
return await root.Parse(args).InvokeAsync();
