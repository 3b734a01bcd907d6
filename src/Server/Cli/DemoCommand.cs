using System.CommandLine;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm demo</c>: what <c>./run</c> shows.</summary>
internal static class DemoCommand
{
    private const string FolderVariable = "UVLM_DEMO_DATA";

    public static Command Create()
    {
        var corpus = Setting.Path("--corpus", "UVLM_CORPUS", DemoOptions.DefaultCorpus, "Folder of HTML or Markdown pages with their pictures");
        var data = Setting.Path("--data", FolderVariable, DemoOptions.OwnFolder(nodes: 0),
            "Folder of the demo's private PostgreSQL and of logs; with --nodes the default is demo-cluster beside it");
        var url = Setting.Text("--url", "UVLM_URL", Defaults.Url, "Address of the node and its page; port 0 takes a free one");
        var documents = Setting.Number("--documents", "UVLM_DEMO_DOCUMENTS", 0, "Send only the first so many documents; 0 sends all");
        var nodes = Setting.Number("--nodes", "UVLM_DEMO_NODES", 0,
            "Nodes behind a gateway, of which two are killed on the way, at least 2; 0 shows a node alone");
        nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() == 1)
                result.AddError($"{nodes.Name} must be at least 2, so that others go on when one is killed; or 0.");
        });
        var once = new Option<bool>("--once") { Description = "End after the answers instead of serving on until Ctrl-C" };
        var command = new Command("demo",
            "Start a test broker and a node, ingest a real manual with its pictures, answer three questions. Of a node's variables those of the model, the machine, the address and its certificate, logging, --auth and --cors-origin count, no others.")
        {
            corpus, data, url, documents, nodes, once,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var folder = Folder(result, data, result.GetValue(nodes), Environment.GetEnvironmentVariable);
            return new DemoRun(new DemoOptions(
                Path.GetFullPath(result.GetValue(corpus)!),
                folder,
                folder == DemoOptions.OwnFolder(result.GetValue(nodes)),
                result.GetValue(url)!,
                result.GetValue(documents),
                result.GetValue(once),
                result.GetValue(nodes))
            {
                Variable = Environment.GetEnvironmentVariable,
            }).RunAsync(cancellationToken);
        });
        return command;
    }

    /// <summary>The folder that is named, if only by the default's own name; where none is, the demo's own, which the option's default can't know.</summary>
    /// <param name="variable">Of the environment.</param>
    public static string Folder(ParseResult result, Option<string> data, int nodes, Func<string, string?> variable)
        => (result.GetResult(data) is { Implicit: false } ? result.GetValue(data) : variable(FolderVariable)) is { } named
            ? Path.GetFullPath(named)
            : DemoOptions.OwnFolder(nodes);
}
