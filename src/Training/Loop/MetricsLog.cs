using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Loop;

/// <summary><c>OUT/metrics.jsonl</c>: what a run measured, an object a line, in the order of the steps also after a resume.</summary>
internal sealed class MetricsLog
{
    public const string FileName = "metrics.jsonl";

    private readonly string path;

    /// <param name="step">Lines beyond it are of steps that a kill undid; they go.</param>
    public MetricsLog(string output, int step)
    {
        path = Path.Combine(output, FileName);
        if (!File.Exists(path))
            return;
        var kept = File.ReadLines(path).Where(line => Step(line) <= step).ToList();
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (var line in kept)
                writer.Write(line + "\n");
        });
    }

    public void Append(JsonObject line) => File.AppendAllText(path, line.ToJsonString() + "\n");

    public IReadOnlyList<JsonObject> Read() => File.Exists(path) ? [.. File.ReadLines(path).Select(static line => JsonNode.Parse(line)!.AsObject())] : [];

    /// <summary>The step of a line; beyond all of one that a kill cut off.</summary>
    private static int Step(string line)
    {
        try
        {
            return (int?)JsonNode.Parse(line)?["step"] ?? int.MaxValue;
        }
        catch (System.Text.Json.JsonException)
        {
            return int.MaxValue;
        }
    }
}
