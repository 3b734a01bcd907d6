using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cluster;

/// <summary>
/// This node among the others: joined once it can be reached, ready once it serves, draining when it is told to stop, and gone when nothing is left to finish.
/// </summary>
internal sealed partial class ClusterMember(ClusterOptions options, MemberStore store, Func<MemberLoad> load, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    public static readonly MembershipOptions Timing = new();

    private static readonly string Version = typeof(ClusterMember).Assembly.GetName().Version!.ToString(3);

    private readonly ILogger logger = loggers.CreateLogger<ClusterMember>();
    private Membership? membership;
    private volatile bool drains;

    public string Name => options.Name;

    /// <summary>Draining from the moment that the node is told to stop, whether or not the others could be told.</summary>
    public MemberState State => drains ? MemberState.Draining : membership?.State ?? MemberState.Starting;

    /// <summary>As of the last beat, this node among them.</summary>
    public IReadOnlyList<Member> Members => membership?.Members ?? [];

    /// <summary>Joins, and is sent requests from now on.</summary>
    /// <param name="addresses">Those that the node listens on.</param>
    /// <param name="info">Completes what is known of the node by its model.</param>
    public async Task<Membership> JoinAsync(Func<MemberInfo, MemberInfo> info, IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        var address = options.Advertise ?? AdvertisedAddress.From(addresses);
        if (address is null)
            LogNowhere(logger, options.Name);
        membership = await Membership.JoinAsync(
            store, info(new MemberInfo(options.Name, options.Roles, address, null, null, null, Version)), load, Timing, loggers.CreateLogger<Membership>(), time, cancellationToken);
        await membership.EnterAsync(MemberState.Ready, cancellationToken);
        return membership;
    }

    /// <summary>Says that nothing more is to be sent here, and waits until gateways, where there are any, have heard it. Requests that come meanwhile are served.</summary>
    public async Task DrainAsync()
    {
        drains = true;
        if (membership is null)
            return;
        try
        {
            using var limit = new CancellationTokenSource(Timing.Lifetime, time);
            await membership.EnterAsync(MemberState.Draining, limit.Token);
        }
        catch (Exception error)
        {
            // The database is away, or somebody else has the name: the node stops all the same, and gateways find out.
            LogNotTold(logger, options.Name, error.Message);
        }

        // A gateway hears it at its next beat, and may have chosen this node a moment before.
        if (membership.Members.Any(other => other.Info.Name != options.Name && other.Info.Roles.HasFlag(NodeRoles.Gateway)))
            await Task.Delay(2 * Timing.Interval, time, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => membership?.DisposeAsync() ?? ValueTask.CompletedTask;

    [LoggerMessage(5130, LogLevel.Information, "{Node} listens on addresses that name no host, so gateways send it nothing: give --advertise")]
    private static partial void LogNowhere(ILogger logger, string node);

    [LoggerMessage(5131, LogLevel.Warning, "{Node}: the others could not be told that this node drains: {Reason}")]
    private static partial void LogNotTold(ILogger logger, string node, string reason);
}
