using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Demo;

/// <summary>The HTTP API as the demo needs it: nothing the demo shows goes past the public surface.</summary>
/// <param name="http">Disposed of with this.</param>
internal sealed class NodeClient(HttpClient http) : IDisposable
{
    public async Task<StatusReport> GetStatusAsync(CancellationToken cancellationToken)
        => await http.GetFromJsonAsync("/v1/status", ApiJson.Default.StatusReport, cancellationToken)
           ?? throw new InvalidDataException("/v1/status returned null.");

    /// <returns>Version by id of every stored document of the collection.</returns>
    public async Task<Dictionary<string, long>> GetVersionsAsync(string collection, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var path = $"/v1/documents?collection={Uri.EscapeDataString(collection)}";
        await foreach (var row in http.GetFromJsonAsAsyncEnumerable(path, ApiJson.Default.DocumentListing, cancellationToken))
        {
            if (row is not null)
                versions[row.Id] = row.Version;
        }

        return versions;
    }

    /// <summary>How many rows the listing of the collection has.</summary>
    public async Task<int> CountAsync(string collection, CancellationToken cancellationToken)
        => await http.GetFromJsonAsAsyncEnumerable($"/v1/documents?collection={Uri.EscapeDataString(collection)}", ApiJson.Default.DocumentListing, cancellationToken).CountAsync(cancellationToken);

    /// <summary>The events of POST /v1/answer as they come.</summary>
    public async IAsyncEnumerable<(string Name, JsonElement Data)> AnswerAsync(
        JsonObject question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/answer") { Content = JsonContent.Create(question) };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new InvalidDataException($"POST /v1/answer: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
        {
            using var data = JsonDocument.Parse(item.Data);
            yield return (item.EventType, data.RootElement.Clone());
        }
    }

    public void Dispose() => http.Dispose();
}
