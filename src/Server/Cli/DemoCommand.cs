using System.CommandLine;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm demo</c>: what <c>./run</c> shows.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var corpus = Setting.Text("--corpus", "UVLM_CORPUS", DemoOptions.DefaultCorpus, "Folder of HTML or Markdown pages with their pictures");
        var data = Setting.Text("--data", "UVLM_DEMO_DATA", Path.Combine(Defaults.DataDirectory, "demo"), "Folder of the demo's private PostgreSQL and of logs");
        var url = Setting.Text("--url", "UVLM_URL", Defaults.Url, "Address of the node and its page; port 0 takes a free one");
        var documents = Setting.Number("--documents", "UVLM_DEMO_DOCUMENTS", 0, "Send only the first so many documents; 0 sends all");
        var once = new Option<bool>("--once") { Description = "End after the answers instead of serving on until Ctrl-C" };
        var command = new Command("demo", "Start a test broker and a node, ingest a real manual with its pictures, answer three questions.") { corpus, data, url, documents, once };
        command.SetAction((result, cancellationToken) => new DemoRun(new DemoOptions(
            Path.GetFullPath(result.GetValue(corpus)!),
            Path.GetFullPath(result.GetValue(data)!),
            result.GetValue(url)!,
            result.GetValue(documents),
            result.GetValue(once))).RunAsync(cancellationToken));
        return command;
    }
}
