using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Storage.Cluster;
using Yarp.ReverseProxy.Forwarder;

namespace UnifiedVlm.Server.Gateway;

/// <summary>What the role gateway adds to a node.</summary>
internal sealed class GatewayRole : IDisposable
{
    private readonly DestinationTable table;
    private readonly GatewayMiddleware middleware;
    private volatile Membership? membership;

    private GatewayRole(ClusterOptions cluster, IServiceProvider services)
    {
        var options = new GatewayOptions();
        table = new DestinationTable(cluster.Name, ClusterMember.Timing.Lifetime, options, TimeProvider.System, Random.Shared);
        middleware = new GatewayMiddleware(
            table, services.GetRequiredService<IHttpForwarder>(), LookAsync, options, cluster.Name, cluster.Works, services.GetRequiredService<ILogger<GatewayMiddleware>>());
    }

    /// <summary>What keeps a node that is a gateway alone from serving; null: nothing.</summary>
    public string? Trouble => table.IsUsable ? null : "No other node is ready.";

    /// <summary>Before the application is built.</summary>
    public static void Configure(ClusterOptions cluster, IServiceCollection services)
    {
        if (cluster.Roles.HasFlag(NodeRoles.Gateway))
            services.AddHttpForwarder();
    }

    /// <summary>Null: the node is no gateway.</summary>
    public static GatewayRole? Use(WebApplication app, ClusterOptions cluster)
    {
        if (!cluster.Roles.HasFlag(NodeRoles.Gateway))
            return null;
        var role = new GatewayRole(cluster, app.Services);
        app.Use(role.middleware.InvokeAsync);
        return role;
    }

    /// <summary>Hears of the nodes from now on.</summary>
    public void Follow(Membership membership)
    {
        this.membership = membership;
        membership.Changed += table.Update;
        table.Update(membership.Members);
    }

    public void Dispose() => middleware.Dispose();

    private Task LookAsync(TimeSpan limit, CancellationToken cancellationToken) => membership?.LookAsync(limit, cancellationToken) ?? Task.CompletedTask;
}
