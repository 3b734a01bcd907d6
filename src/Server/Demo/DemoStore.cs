using UnifiedVlm.Server.Cli.Indexes;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Server.Demo;

/// <summary>
/// The demo's store, which may have been filled by an earlier checkout with other weights. One of the demo's own then gets a new index, made from the documents that are in it;
/// what to do with any other its owner decides.
/// </summary>
/// <param name="data">The store's folder.</param>
/// <param name="isOwn">The demo has chosen the folder, nobody else.</param>
/// <param name="run">Runs <c>uvlm</c> with arguments to its end, and gives what it wrote.</param>
internal sealed class DemoStore(string data, bool isOwn, Func<string[], CancellationToken, Task<string>> run, Action<string> say)
{
    /// <summary>Starts the first process that needs the index.</summary>
    /// <exception cref="ChildFailedException">It failed: for another reason, or because the store is not the demo's to change, or again.</exception>
    public async Task<T> StartAsync<T>(Func<Task<T>> start, CancellationToken cancellationToken)
    {
        try
        {
            return await start();
        }
        catch (ChildFailedException failure) when (isOwn && failure.Message.Contains(IndexMismatchException.Remedy, StringComparison.Ordinal))
        {
            say("The demo's store was filled with other weights. Its documents are encoded anew with these, once; that takes about as long as it took to ingest them …");
            await FillAsync(cancellationToken);
            return await start();
        }
    }

    /// <summary>The steps of docs/storage.md. Documents that the model could not take are left out, as they would be if the demo began anew.</summary>
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var output = await run(["index", "create", "--data", data], cancellationToken);
        var filled = output.Split('\n').LastOrDefault(static line => line.StartsWith(IndexCreateCommand.Filled, StringComparison.Ordinal))
            ?? throw new ChildFailedException($"The demo's store could not be given vectors of these weights. To begin anew, remove {data} while nothing uses it.");
        say(filled.Trim());
        await run(["index", "switch", "--leave-failed", "--generation", filled[IndexCreateCommand.Filled.Length..].Split(':')[0], "--data", data], cancellationToken);
    }
}
