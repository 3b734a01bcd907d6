using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Server.Http;

/// <summary>The routes of saved queries that new documents are compared with.</summary>
internal sealed class SubscriptionApi(Node node, IQueryService queries)
{
    private const string Path = "/v1/subscriptions";

    private readonly SubscriptionStore subscriptions = node.Store.Subscriptions;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, AddAsync).Needs(KeyScopes.Write)
            .WithSummary("Save a query: every document that is indexed from now on and meets it raises the event subscription.matched.")
            .Accepts<object>("application/json", "*/*").Takes(QuestionBody.Subscription).Produces<SubscriptionAdded>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);
        routes.MapGet(Path, ListAsync).Needs(KeyScopes.Read).WithSummary("The tenant's subscriptions, oldest first.").Produces<SubscriptionPage>();
        routes.MapDelete(Path + "/{id:guid}", RemoveAsync).Needs(KeyScopes.Write).WithSummary("Remove a subscription: it raises no event any more.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(404);
    }

    private async Task<IResult> AddAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        using var body = await RequestBody.ReadAsync(request, node.Options.Limits.MaxDocumentBytes, node.RequestBytes, cancellationToken);
        var subscription = SubscriptionReader.Read(body.Bytes, node.Options.Limits, caller.Within(request));
        // Now, so that what the model can't encode is refused.
        var embedded = (await queries.EmbedAsync([subscription.Query], cancellationToken))[0];
        caller.Charge(embedded.Tokens);
        var id = await subscriptions.AddAsync(subscription, embedded.Embedding, node.Info.Fingerprint, cancellationToken);
        return JsonReply.Of(new SubscriptionAdded(id), ApiJson.Default.SubscriptionAdded, StatusCodes.Status201Created);
    }

    private async Task<IResult> ListAsync(HttpRequest request, Caller caller, string? tenant, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, KnownParameters.Tenant);
        var found = await subscriptions.ListAsync(caller.TenantOf(tenant), cancellationToken);
        return JsonReply.Of(new SubscriptionPage([.. found.Select(SubscriptionListing.From)]), ApiJson.Default.SubscriptionPage);
    }

    private async Task<IResult> RemoveAsync(HttpRequest request, Guid id, Caller caller, string? tenant, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, KnownParameters.Tenant);
        await subscriptions.RemoveAsync(caller.TenantOf(tenant), id, cancellationToken);
        return Results.NoContent();
    }
}
