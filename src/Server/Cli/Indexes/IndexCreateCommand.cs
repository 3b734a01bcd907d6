using System.CommandLine;
using Npgsql;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Generations.Filling;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary><c>uvlm index create</c>: makes an index of a model and fills it from the stored documents. Run again it goes on where it was.</summary>
internal static partial class IndexCreateCommand
{
    /// <summary>A program that was killed keeps its lease for some seconds.</summary>
    private static readonly TimeSpan LeasePatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LeaseLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PendingLook = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan IndexLook = TimeSpan.FromSeconds(15);

    /// <summary>Begins the line that says what a filled index holds; its number and a colon follow.</summary>
    public const string Filled = "generation ";

    public static Command Create()
    {
        var rate = new Option<int>("--rate") { Description = "Documents a second at most; 0 for as many as go [default: 0]" };
        rate.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("--rate must be at least 0.");
        });
        var follow = new Option<bool>("--follow") { Description = "Stay when it is filled, and bring in what is written meanwhile, until told to stop" };
        return NodeCommand.Create(
            new Command("create", "Make an index of --model beside the live one and fill it from the stored documents. Nodes may go on; started again it goes on where it was.") { rate, follow },
            (node, result, cancellationToken) => RunAsync(node, result.GetValue(rate), result.GetValue(follow), cancellationToken));
    }

    private static async Task<int> RunAsync(Node node, int rate, bool follow, CancellationToken cancellationToken)
    {
        var generation = await node.Store.Generations.CreateAsync(node.Info.Fingerprint, node.Info.Dimension, cancellationToken);
        await using var filler = await TakeAsync(node, generation, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, filler.Lost);
        var (fill, following) = (node.CreateFill(filler, rate), false);
        try
        {
            var failed = await FillAsync(node, generation, filler, fill, either.Token);
            if (!follow)
                return failed > 0 ? 1 : 0;
            Console.WriteLine($"following generation {generation.Id}");
            following = true;
            await FollowAsync(node, generation, fill, either.Token);
            return 0;
        }
        catch (OperationCanceledException) when (filler.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new GenerationException($"Another program has taken over to fill generation {generation.Id}.");
        }
        catch (OperationCanceledException) when (following)
        {
            // Told to stop, which is no failure.
            return 0;
        }
    }

    private static async Task<GenerationFiller> TakeAsync(Node node, IndexGeneration generation, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var told = false; ; told = true)
        {
            if (await node.Store.TryFillAsync(generation, node.Owner, cancellationToken) is { } filler)
                return filler;
            if (TimeProvider.System.GetElapsedTime(began) > LeasePatience)
                throw new GenerationException($"Another program fills generation {generation.Id}. 'uvlm index status' shows how far it is.");
            if (!told)
                await Console.Error.WriteLineAsync($"uvlm: another program fills generation {generation.Id}, or did until it was killed; waiting");
            await Task.Delay(LeaseLook, cancellationToken);
        }
    }

    /// <returns>How many documents the model could not take.</returns>
    private static async Task<long> FillAsync(Node node, IndexGeneration generation, GenerationFiller filler, IndexFill fill, CancellationToken cancellationToken)
    {
        await filler.TryFailedAgainAsync(cancellationToken);
        FillProgress end;
        await using (await FillReport.StartAsync(generation.Id, filler, fill, cancellationToken))
        {
            do
                await fill.DrainAsync(cancellationToken);
            while (await filler.SweepAsync(cancellationToken));
            // At once from all there is, which is many times cheaper than row by row. What is written while it is built is in it when it is done.
            await node.Store.IndexBuilder(generation).BuildIfDueAsync(cancellationToken);
            await fill.DrainAsync(cancellationToken);
            end = await filler.ReadProgressAsync(cancellationToken);
        }

        Console.WriteLine($"{Filled}{generation.Id}: {end.Documents} of {end.Of} documents, {fill.Written} encoded now, {end.Failed} failed");
        return end.Failed;
    }

    /// <summary>Until told to stop.</summary>
    private static async Task FollowAsync(Node node, IndexGeneration generation, IndexFill fill, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (indexing, looked) = (Task.CompletedTask, TimeProvider.System.GetTimestamp());
        try
        {
            while (true)
            {
                var before = fill.Written;
                await fill.DrainAsync(cancellationToken);
                if (indexing.IsCompleted && TimeProvider.System.GetElapsedTime(looked) > IndexLook)
                    (indexing, looked) = (BuildIndexAsync(node, generation, ending.Token), TimeProvider.System.GetTimestamp());
                if (fill.Written == before)
                    await Task.Delay(PendingLook, cancellationToken);
            }
        }
        finally
        {
            await ending.CancelAsync();
            await indexing;
        }
    }

    /// <summary>What fails is tried again at the next look.</summary>
    private static async Task BuildIndexAsync(Node node, IndexGeneration generation, CancellationToken cancellationToken)
    {
        try
        {
            await node.Store.IndexBuilder(generation).BuildIfDueAsync(cancellationToken);
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
        {
            LogNoIndex(node.Loggers.CreateLogger(nameof(IndexCreateCommand)), generation.Id, error.Message);
        }
    }

    [LoggerMessage(5033, LogLevel.Warning, "The vectors of generation {Generation} could not be indexed: {Reason}")]
    private static partial void LogNoIndex(ILogger logger, int generation, string reason);
}
