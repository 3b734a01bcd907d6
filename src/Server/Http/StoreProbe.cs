namespace UnifiedVlm.Server.Http;

/// <summary>
/// Whether the database answers. Anybody may ask, so that all who do at the same time or shortly after each other share one question: it must not hear more of them the more
/// there are. Thread-safe.
/// </summary>
/// <param name="ask">Throws where there is no answer.</param>
internal sealed class StoreProbe(Func<CancellationToken, Task> ask, TimeProvider time)
{
    /// <summary>For so long an answer is good.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    /// <summary>Nobody waits longer: who probes a node gives up after 5 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly Lock gate = new();
    private Task<bool>? latest;
    private long askedAt;

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Latest().WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task<bool> Latest()
    {
        lock (gate)
        {
            if (latest is null || (latest.IsCompleted && time.GetElapsedTime(askedAt) >= FreshFor))
            {
                latest = Task.Run(AskAsync);
                askedAt = time.GetTimestamp();
            }

            return latest;
        }
    }

    /// <summary>On nobody's behalf: who leaves must not take the answer away from the others.</summary>
    private async Task<bool> AskAsync()
    {
        try
        {
            await ask(CancellationToken.None);
            return true;
        }
        catch (Exception)
        {
            // Why is in the log: the node's beats meet it too.
            return false;
        }
    }
}
