using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Http;

/// <summary>Whether the process answers, and whether it is to be sent anything.</summary>
/// <param name="trouble">What keeps the node from serving; null: nothing.</param>
internal sealed class HealthApi(Store store, ClusterMember member, Func<string?> trouble)
{
    /// <summary>Load balancers ask either way.</summary>
    private static readonly string[] Asking = [HttpMethods.Get, HttpMethods.Head];

    private readonly StoreProbe probe = new(store.Status.AskAsync, TimeProvider.System);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/alive", Asking, static () => "alive").IsOpen().WithSummary("The process answers.").Produces<string>(contentType: "text/plain");
        routes.MapMethods("/health", Asking, Health).IsOpen()
            .WithSummary("Ready to serve: the store answers, what the node's roles need works, and the node is neither starting nor draining.")
            .Produces<string>(contentType: "text/plain").ProducesProblem(503);
    }

    private async Task<IResult> Health(CancellationToken cancellationToken)
    {
        if (member.State != MemberState.Ready)
            return Unhealthy($"The node is {(member.State == MemberState.Draining ? "draining: it finishes what it has and takes nothing more" : "starting")}.");
        // No more than that: where the database is, and what is wrong with it, is not for everybody.
        if (!await probe.AnswersAsync(cancellationToken))
            return Unhealthy("The database does not answer.");
        return trouble() is { } reason ? Unhealthy(reason) : Results.Text("healthy");
    }

    private static IResult Unhealthy(string reason) => new HttpFailure(StatusCodes.Status503ServiceUnavailable, "Not healthy", reason);
}
