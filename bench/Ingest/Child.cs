using System.Diagnostics;
using System.Text.Json;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>This program as another process that answers a line with a line and ends with its standard input.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process process;
    private readonly SemaphoreSlim turn = new(1);

    private Child(Process process) => this.process = process;

    public int Id => process.Id;

    public static Child Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new Child(Process.Start(start) ?? throw new InvalidOperationException("The child did not start."));
    }

    public async Task<string> ReadLineAsync() => await process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException($"The child {process.StartInfo.ArgumentList[0]} ended by itself.");

    public async Task<T> AskAsync<T>(string question)
    {
        await turn.WaitAsync();
        try
        {
            await process.StandardInput.WriteLineAsync(question);
            return JsonSerializer.Deserialize<T>(await ReadLineAsync())!;
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
