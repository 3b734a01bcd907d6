using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Bench.Encode;

// How encoding grows with the nodes that lend devices: each a process of its own with an encoder that takes a fixed time for a batch, one process that sends.
var batchMs = new Option<int>("--batch-ms") { Description = "Milliseconds that a batch takes", DefaultValueFactory = static _ => 250 };
var batch = new Option<int>("--batch") { Description = "Documents of a batch", DefaultValueFactory = static _ => 8 };
var nodes = new Option<int[]>("--nodes") { Description = "Numbers of nodes", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [1, 2, 4, 8] };
var pictures = new Option<int>("--pictures") { Description = "Pictures of 224 x 224 in each document", DefaultValueFactory = static _ => 0 };
var seconds = new Option<int>("--seconds") { Description = "Measured for each number of nodes", DefaultValueFactory = static _ => 20 };
var lend = new Command("lend", "A node, until its input ends.") { batchMs, batch };
lend.SetAction(async (result, _) => await Lending.RunAsync(TimeSpan.FromMilliseconds(result.GetValue(batchMs)), result.GetValue(batch)));
var root = new RootCommand("Scale-out of encode nodes.") { batchMs, batch, nodes, pictures, seconds, lend };
root.SetAction(async (result, _) =>
{
    var perBatch = TimeSpan.FromMilliseconds(result.GetValue(batchMs));
    Console.WriteLine("| nodes | documents/s | of one node's times their number | of what the encoders can | sender's processor time a document |");
    Console.WriteLine("|---|---|---|---|---|");
    var one = 0.0;
    foreach (var count in result.GetValue(nodes)!)
    {
        var (rate, processor) = await Load.MeasureAsync(count, perBatch, result.GetValue(batch), result.GetValue(pictures), TimeSpan.FromSeconds(result.GetValue(seconds)));
        one = one == 0 ? rate / count : one;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {count} | {rate:F1} | {rate / (count * one):P1} | {rate * perBatch.TotalSeconds / (count * result.GetValue(batch)):P1} | {processor.TotalMilliseconds:F2} ms |"));
    }
});
return await root.Parse(args).InvokeAsync();
