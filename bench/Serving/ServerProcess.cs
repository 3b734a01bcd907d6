using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Serving;

/// <summary><c>uvlm serve</c> as a user runs it, with a data folder of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Listening = "listening on ";

    private readonly Process process;
    private readonly string data;

    private ServerProcess(Process process, string data, Uri address)
    {
        this.process = process;
        this.data = data;
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public HttpClient Http { get; }

    public static async Task<ServerProcess> StartAsync()
    {
        // Not one that only its maker may enter: PostgreSQL does not run as root.
        var data = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}")).FullName;
        string[] arguments = ["serve", "--until-stdin-closes", "--url", "http://127.0.0.1:0", "--data", data, "--log-level", "warning"];
        var process = Process.Start(new ProcessStartInfo("./uvlm", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("./uvlm did not start.");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
                return new ServerProcess(process, data, new Uri(line[(at + Listening.Length)..].Split(' ')[0]));
        }

        throw new InvalidOperationException("The server ended by itself.");
    }

    public async Task<long> StoredAsync() =>
        (long)(await Http.GetFromJsonAsync<JsonObject>("/v1/status"))!["store"]!["documents"]!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(data, recursive: true);
    }
}
