using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop.Report;

/// <summary><c>OUT/report.html</c>: the curves of a run, in one file that needs nothing else.</summary>
internal static class TrainingReport
{
    public const string FileName = "report.html";

    private const string Style = """
        body { font: 15px/1.45 system-ui, sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
        main { display: flex; flex-wrap: wrap; gap: 1.5em; }
        figure { margin: 0; flex: 1 1 520px; } figcaption { font-weight: 600; } figure p { margin: 0; }
        svg { width: 100%; } polyline { fill: none; stroke: currentColor; stroke-width: 1.6; }
        .grid { stroke: #8884; } text { font-size: 11px; fill: #777; } .y { text-anchor: end; } .x { text-anchor: middle; }
        .c0 { color: #2563c9; } .c1 { color: #c2410c; } .c2 { color: #15803d; } .c3 { color: #9333ea; } .c4 { color: #b45309; } .c5 { color: #0e7490; }
        pre { overflow-x: auto; background: #8881; padding: 1em; }
        @media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616; } .c0 { color: #7aa7f0; } .c1 { color: #f0936b; } .c2 { color: #6fcf8f; } .c3 { color: #c79bf2; } .c4 { color: #e0b060; } .c5 { color: #67c7d8; } }
        """;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <param name="lines">Of metrics.jsonl.</param>
    public static void Write(string output, Recipe recipe, TrainingPlan plan, IReadOnlyList<JsonObject> lines)
    {
        var steps = lines.Where(static l => l.ContainsKey("losses")).ToList();
        var validations = lines.Where(static l => l.ContainsKey("validation")).ToList();
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Training report</title><style>").Append(Style).Append("</style>");
        page.Append("<h1>Training report</h1>");
        page.Append(System.Globalization.CultureInfo.InvariantCulture, $"<p>{Latest(steps)} of {recipe.Steps} steps, {plan.Parameters / 1e6:0.00} M learned weights, {plan.Threads} threads, {plan.Precision}, sgemm peak {plan.PeakFlops / 1e9:0} GFLOP/s.</p><main>");
        foreach (var name in Keys(steps, "losses"))
        {
            page.Append(LineChart.Draw($"Loss: {name}",
            [
                new ChartSeries("training", Points(steps, "losses", name)),
                .. Keys(validations, "validation").Where(key => key == name).Select(key => new ChartSeries("validation", Points(validations, "validation", key))),
            ]));
        }

        var shares = Keys(validations, "validation").Where(static key => key.Contains('.', StringComparison.Ordinal)).ToList();
        page.Append(LineChart.Draw("Validation", [.. shares.Select(key => new ChartSeries(key, Points(validations, "validation", key)))]));
        page.Append(LineChart.Draw("Validation score", [new ChartSeries("score", Points(validations, "score"))]));
        page.Append(LineChart.Draw("Learning rate", [new ChartSeries("lr", Points(steps, "lr"))]));
        page.Append(LineChart.Draw("Norm of the gradient", [new ChartSeries("norm", Points(steps, "grad_norm"))]));
        page.Append(LineChart.Draw("Tokens per second", [new ChartSeries("tokens/s", Points(steps, "tokens_per_second"))]));
        page.Append(LineChart.Draw("Share of the sgemm peak", [new ChartSeries("share", Points(steps, "peak_share"))]));
        page.Append(LineChart.Draw("Memory, MB", [new ChartSeries("resident", Points(steps, "resident_mb"))]));
        page.Append("</main><h2>Recipe</h2><pre>").Append(WebUtility.HtmlEncode(RecipeFile.ToJson(recipe).ToJsonString(Readable))).Append("</pre></html>\n");
        AtomicFile.Write(Path.Combine(output, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(page.ToString())));
    }

    private static int Latest(List<JsonObject> steps) => steps.Count == 0 ? 0 : (int)steps[^1]["step"]!;

    private static List<string> Keys(List<JsonObject> lines, string group) =>
        [.. lines.SelectMany(line => line[group]!.AsObject().Select(static entry => entry.Key)).Distinct().Order(StringComparer.Ordinal)];

    private static List<(double, double)> Points(List<JsonObject> lines, string key, string? inner = null) =>
        [.. lines.Select(line => (Step: line["step"], Value: inner is null ? line[key] : line[key]![inner]))
            .Where(static p => p.Value is not null).Select(static p => ((double)p.Step!, (double)p.Value!))];
}
