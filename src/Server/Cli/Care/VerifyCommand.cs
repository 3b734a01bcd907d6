using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Care.Verification;

namespace UnifiedVlm.Server.Cli.Care;

/// <summary><c>uvlm verify</c>: whether everything in the store agrees, while nodes run.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var repair = new Option<bool>("--repair") { Description = "Repair what can be repaired without the model, and say what is left to do" };
        var json = new Option<bool>("--json") { Description = "One JSON object a finding, and one of counts at the end" };
        return StoreCommand.Create(
            new Command("verify", "Read the whole store and report what in it does not agree, one line a finding. Exit code 1 when something is wrong. Nodes may go on.") { repair, json },
            (store, result, cancellationToken) => RunAsync(store, result.GetValue(repair), result.GetValue(json), cancellationToken));
    }

    private static async Task<int> RunAsync(Store store, bool repair, bool json, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var line = new ProgressLine();
        line.Begin("verifying");
        var summary = await store.Verifier.RunAsync(repair, Show, new LineProgress(line), cancellationToken);
        line.End(watch.Elapsed.TotalSeconds);
        Console.WriteLine(json ? JsonSerializer.Serialize(summary, VerifyJson.Default.VerifySummary) : ToText(summary));
        return summary.IsClean ? 0 : 1;

        void Show(Finding finding)
        {
            line.Clear();
            Console.WriteLine(json ? ToJson(finding) : Printable.Line(finding.ToString()));
        }
    }

    private static string ToJson(Finding finding) => JsonSerializer.Serialize(
        new ReportedFinding(finding.Kind.ToString().ToLowerInvariant(), finding.Tenant, finding.Id, finding.Problem, finding.Done, finding.Advice), VerifyJson.Default.ReportedFinding);

    private static string ToText(VerifySummary summary)
    {
        var read = string.Create(CultureInfo.InvariantCulture,
            $"{summary.Documents} documents, {summary.Vectors} vectors, {summary.Pictures} pictures, {summary.Events} events, {summary.Positions} positions");
        var garbage = summary.Garbage == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {summary.Garbage} pictures ({summary.GarbageBytes >> 20} MB) nobody refers to");
        return string.Create(CultureInfo.InvariantCulture, $"{read}: {(summary.Wrong == 0 ? "nothing" : summary.Wrong)} wrong, {summary.Wrong - summary.Left} repaired, {summary.Left} left{garbage}");
    }

    /// <summary>Reports in place: a queued one would come after the line's end.</summary>
    private sealed class LineProgress(ProgressLine line) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => line.Show(value.Step, (int)Math.Min(value.Done, int.MaxValue), (int)Math.Min(value.Of, int.MaxValue));
    }
}
