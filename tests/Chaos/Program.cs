// Faults without end, or one long outage, and a checker: dotnet run -c Release --project tests/Chaos -- run --help | outage --help
using System.CommandLine;
using UnifiedVlm.Chaos.Faults;
using UnifiedVlm.Chaos.Outage;
using UnifiedVlm.Chaos.Run;

var defaults = new ChaosOptions();
var seed = new Option<int>("--seed") { Description = "Of the first cycle; each one after it has the next", DefaultValueFactory = _ => defaults.Seed };
var cycles = new Option<int>("--cycles") { Description = "One fault each", DefaultValueFactory = _ => defaults.Cycles };
var faults = new Option<string>("--faults")
{
    Description = "Separated by commas; they take turns by the cycle's seed",
    DefaultValueFactory = _ => string.Join(',', FaultCatalogue.All.Select(static fault => fault.Name)),
};
var nodes = new Option<int>("--nodes") { Description = "For run at least 2: a stopped one needs a successor", DefaultValueFactory = _ => defaults.Nodes };
var poison = new Option<double>("--poison") { Description = "0 to 1: the share of records that have to become dead letters", DefaultValueFactory = _ => defaults.Poison };
var ahead = new Option<int>("--ahead") { Description = "Records a partition may have that are not stored", DefaultValueFactory = _ => defaults.Ahead };
var checkEvery = new Option<int>("--check-every") { Description = "Compare everything after so many cycles", DefaultValueFactory = _ => defaults.CheckEvery };
var session = new Option<int>("--session") { Description = "Milliseconds that the broker waits for a node", DefaultValueFactory = _ => (int)defaults.Session.TotalMilliseconds };
var output = new Option<string>("--out") { Description = "Folder for the report", DefaultValueFactory = _ => "artifacts/chaos" };
var run = new Command("run", "Inject one fault a cycle while records come in, and compare the database with what was sent.")
{
    seed, cycles, faults, nodes, poison, ahead, checkEvery, session, output,
};
run.SetAction(async (result, stop) =>
{
    var options = new ChaosOptions
    {
        Seed = result.GetValue(seed),
        Cycles = result.GetValue(cycles),
        Faults = FaultCatalogue.Parse(result.GetValue(faults)!),
        Nodes = Math.Clamp(result.GetValue(nodes), 2, 8),
        Poison = result.GetValue(poison),
        Ahead = result.GetValue(ahead),
        CheckEvery = result.GetValue(checkEvery),
        Session = TimeSpan.FromMilliseconds(result.GetValue(session)),
    };
    var folder = result.GetValue(output)!;
    await using var bed = await Testbed.StartAsync(options);
    var report = await new ChaosRun(bed, Console.Error).RunAsync(stop);
    Console.Write(report.ToMarkdown());
    Directory.CreateDirectory(folder);
    await File.WriteAllTextAsync(Path.Combine(folder, $"chaos-{options.Seed}-{options.Cycles}.md"), report.ToMarkdown(), CancellationToken.None);
    return report.IsGood ? 0 : 1;
});

var length = new Option<int>("--seconds") { Description = "How long PostgreSQL is away", DefaultValueFactory = _ => 600 };
var kill = new Option<bool>("--kill") { Description = "PostgreSQL is killed (-9) instead of stopped" };
var rate = new Option<int>("--rate") { Description = "Records a second that are sent meanwhile", DefaultValueFactory = _ => new OutageOptions().Rate };
var outage = new Command("outage", "Take PostgreSQL away while records come in; watch memory, queues and the group, and compare the database with what was sent.")
{
    seed, length, kill, rate, nodes, poison, output,
};
outage.SetAction(async (result, stop) =>
{
    var options = new OutageOptions { Length = TimeSpan.FromSeconds(result.GetValue(length)), Kill = result.GetValue(kill), Rate = result.GetValue(rate) };
    await using var bed = await Testbed.StartAsync(new ChaosOptions
    {
        Seed = result.GetValue(seed),
        Nodes = Math.Clamp(result.GetValue(nodes), 1, 8),
        Poison = result.GetValue(poison),
        Session = OutageOptions.Session,
    });
    var report = await new OutageRun(bed, options, Console.Error).RunAsync(stop);
    Console.Write(report.ToMarkdown());
    await report.WriteAsync(result.GetValue(output)!);
    return report.IsGood && report.IsMemoryFlat ? 0 : 1;
});

// Ctrl-C ends the run after its cycle, with a comparison and a report; nothing is left running.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(5) };
return await new RootCommand("Chaos harness: docs/chaos.md.") { run, outage }.Parse(args).InvokeAsync(configuration);
