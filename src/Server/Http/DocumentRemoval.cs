using System.Text.Json.Nodes;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http;

/// <summary>DELETE of a document: as one more version of it, through the inbox, or as its erasure.</summary>
internal sealed class DocumentRemoval(Node node, PushApi push)
{
    private const string ContentType = "application/cloudevents+json";

    private static readonly string[] Parameters = ["tenant", "version", "erase"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDelete(DocumentPath.Prefix + "{id}", RemoveAsync).Needs(KeyScopes.Write | KeyScopes.Admin)
            .WithSummary("Delete a document: 202 once the delete is committed to the inbox. With erase=true erase it at once and everywhere: 200 with what was removed.")
            .Produces<DocumentAccepted>(StatusCodes.Status202Accepted).Produces<DocumentErased>().ProducesProblem(400).ProducesProblem(409).ProducesProblem(429).ProducesProblem(503);
        // An id whose slashes were not escaped. Not one route for both: it would be the collection's as well.
        routes.MapDelete(DocumentPath.Prefix + "{id}/{**rest}", RemoveAsync).Needs(KeyScopes.Write | KeyScopes.Admin).ExcludeFromDescription();
    }

    private async Task<IResult> RemoveAsync(HttpRequest request, Caller caller, string id, string? tenant, long? version, bool? erase, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, Parameters);
        // An erasure can't be undone and reaches further than what a sender has sent.
        caller.Require(erase == true ? KeyScopes.Admin : KeyScopes.Write);
        id = DocumentPath.Id(request);
        tenant = caller.TenantOf(tenant);
        var idempotencyKey = IdempotencyKey.Read(request);
        var payload = Event(tenant, id, version, idempotencyKey);
        // Refused here, and not as a dead letter, where the id or the tenant can't be one.
        var deletion = PushedMessage.Read(payload, ContentType, new DocumentReadOptions { Limits = node.Options.Limits }, caller);
        if (erase == true)
        {
            if (version is not null)
                throw new DocumentRejectedException("version", "does not go with erase=true", "An erasure removes whatever version is stored: leave it out.");
            return JsonReply.Of(DocumentErased.From(id, await node.Store.Eraser.EraseDocumentAsync(tenant, id, cancellationToken)), ApiJson.Default.DocumentErased);
        }

        var accepted = (await push.AcceptAsync([deletion], idempotencyKey, payload, cancellationToken))[0];
        request.HttpContext.Response.Headers.Location = accepted.StatusUrl;
        return JsonReply.Of(accepted, ApiJson.Default.DocumentAccepted, StatusCodes.Status202Accepted);
    }

    /// <summary>The same bytes for the same key: a repeated request is known by them.</summary>
    private static byte[] Event(string tenant, string id, long? version, string? idempotencyKey)
    {
        var happened = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = idempotencyKey is { Length: > 0 } ? idempotencyKey : Guid.NewGuid().ToString(),
            ["source"] = DocumentPath.Prefix,
            ["type"] = EventTypes.Delete,
            ["subject"] = id,
            ["tenant"] = tenant,
        };
        if (version is { } number)
            happened["version"] = number;
        return System.Text.Encoding.UTF8.GetBytes(happened.ToJsonString());
    }
}
