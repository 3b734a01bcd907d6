namespace UnifiedVlm.Server.Gateway;

/// <summary>A request under way to a node, until it is disposed of.</summary>
internal sealed class Passage(DestinationTable table, Destination destination, RoutedRequest request, long startedAt) : IDisposable
{
    private int ended;

    public Destination Destination { get; } = destination;

    /// <summary>Cancelled when the node is taken for dead: who has no answer yet waits for none.</summary>
    public CancellationToken Gone { get; } = destination.Gone;

    public RoutedRequest Request { get; } = request;

    public long StartedAt { get; } = startedAt;

    /// <summary>The node's last report does not know of it.</summary>
    public bool IsCounted { get; set; } = true;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
            table.End(this);
    }
}
