// Nodes that are lost, and nodes that are restarted one after the other, under full load: dotnet run -c Release --project bench/Cluster -- --help
using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Bench.Cluster;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var nodes = new Option<int>("--nodes") { DefaultValueFactory = _ => 3, Description = "Behind the gateway" };
var losses = new Option<int>("--losses") { DefaultValueFactory = _ => 3, Description = "Nodes that are killed, one after the other" };
var clients = new Option<int>("--clients") { DefaultValueFactory = _ => 4, Description = "That search without a pause; one more reads answers" };
var program = new Option<string>("--program") { DefaultValueFactory = _ => "artifacts/bin/UnifiedVlm.Server/release/uvlm", Description = "What is started" };
var root = new RootCommand("Ingests, searches and answers without a pause, and takes what the loss of a node and a rolling restart cost.") { nodes, losses, clients, program };
root.SetAction(async (result, cancellationToken) =>
{
    var folder = Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
    try
    {
        await using var bench = new ClusterBench(Path.GetFullPath(result.GetValue(program)!), folder, result.GetValue(nodes), result.GetValue(clients));
        return await bench.RunAsync(result.GetValue(losses), cancellationToken) ? 0 : 1;
    }
    finally
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
});
return await root.Parse(args).InvokeAsync();
