using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Loop;

/// <summary><c>OUT/metrics.jsonl</c>: what a run measured, an object a line, in the order of the steps also after a resume.</summary>
internal sealed class MetricsLog
{
    public const string FileName = "metrics.jsonl";

    private readonly string path;

    /// <param name="step">Lines beyond it are of steps that a kill undid; they go.</param>
    /// <param name="isValidationDue">The validation after the step will be done: where a kill came between its line and the checkpoint's word of it, that line goes too.</param>
    public MetricsLog(string output, int step, bool isValidationDue = false)
    {
        path = Path.Combine(output, FileName);
        if (!File.Exists(path))
            return;
        var kept = File.ReadLines(path).Where(line => IsKept(line, step, isValidationDue)).ToList();
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (var line in kept)
                writer.Write(line + "\n");
        });
    }

    public void Append(JsonObject line) => File.AppendAllText(path, line.ToJsonString() + "\n");

    public IReadOnlyList<JsonObject> Read() => File.Exists(path) ? [.. File.ReadLines(path).Select(static line => JsonNode.Parse(line)!.AsObject())] : [];

    private static bool IsKept(string line, int step, bool isValidationDue)
    {
        try
        {
            var json = JsonNode.Parse(line);
            return (int?)json?["step"] is { } own && (own < step || (own == step && (!isValidationDue || json?["validation"] is null)));
        }
        catch (System.Text.Json.JsonException)
        {
            // A kill cut it off.
            return false;
        }
    }
}
