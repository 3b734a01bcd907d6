using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Chaos.Nodes;

namespace UnifiedVlm.Chaos.Outage;

/// <summary>Looks at a node from outside: what the kernel counts, and what it says over HTTP.</summary>
internal sealed class NodeWatch : IDisposable
{
    private readonly HttpClient http;
    private readonly string statusFile;

    private NodeWatch(int process, string address)
    {
        statusFile = $"/proc/{process}/status";
        http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(5) };
    }

    public static async Task<NodeWatch> StartAsync(ChaosNode node) => new(node.Process.Id, await node.Process.WaitForLineAsync("listening on "));

    public async Task<NodeSample> SampleAsync()
    {
        var resident = File.ReadLines(statusFile).First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        var bytes = long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
        try
        {
            var ingest = (await http.GetFromJsonAsync<JsonObject>("/v1/status"))!["ingest"]!;
            return new NodeSample(
                bytes,
                [.. ingest["budgets"]!.AsArray().Select(static b => new Gauge((string)b!["name"]!, (string)b["unit"]!, (long)b["used"]!, (long)b["limit"]!))],
                ingest["partitions"]!.AsArray().Count(static p => (string?)p!["state"] == "paused"));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new NodeSample(bytes, [], 0);
        }
    }

    public void Dispose() => http.Dispose();
}
