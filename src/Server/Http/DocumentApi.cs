using System.Globalization;
using System.Runtime.CompilerServices;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Catalog;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http;

/// <summary>Looking through what is stored: collections, their documents, one document with its parts.</summary>
internal sealed class DocumentApi(DocumentCatalog catalog, BlobTransfers transfers)
{
    private const int LargestPage = 1000;

    private static readonly HttpFailure NotFound = new(StatusCodes.Status404NotFound, "Not found", "The tenant has no document of this id.");

    private static readonly string[] Listing = ["tenant", "collection", "prefix", "after", "limit"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/collections", CollectionsAsync).Needs(KeyScopes.Read)
            .WithSummary("The tenant's collections, as a JSON array.").Produces<CollectionListing[]>().ProducesProblem(400);
        routes.MapGet("/v1/documents", List).Needs(KeyScopes.Read)
            .WithSummary($"Ids, versions and titles of a collection in the order of the ids, as a JSON array: all, or those behind 'after', of which at most 'limit' (1 to {LargestPage}); with 'prefix' the ids that begin so.")
            .Produces<DocumentListing[]>().ProducesProblem(400);
        routes.MapGet(DocumentPath.Prefix + "{id}", FindAsync).Needs(KeyScopes.Read)
            .WithSummary("A document with its parts in reading order, pictures by their SHA-256.").Produces<DocumentReport>()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);
        routes.MapGet(DocumentPath.Prefix + "{id}/{**rest}", FindAsync).Needs(KeyScopes.Read).ExcludeFromDescription();
    }

    private async Task<IResult> CollectionsAsync(HttpRequest request, Caller caller, string? tenant, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, KnownParameters.Tenant);
        var names = await catalog.ListCollectionsAsync(Tenant(caller, tenant), cancellationToken);
        return JsonReply.Of([.. names.Select(static name => new CollectionListing(name))], ApiJson.Default.CollectionListingArray);
    }

    private IResult List(
        HttpRequest request, Caller caller, string? tenant, string? collection, string? prefix, string? after, string? limit, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, Listing);
        var documents = ListAsync(
            Tenant(caller, tenant), Name("collection", collection, InterleavedDocument.DefaultCollection),
            Beginning("prefix", prefix), Beginning("after", after), Limit(limit), cancellationToken);
        return Results.Json(documents, ApiJson.Default.IAsyncEnumerableDocumentListing);
    }

    /// <summary>Page by page: a slow caller holds no transaction open.</summary>
    private async IAsyncEnumerable<DocumentListing> ListAsync(
        string tenant, string collection, string prefix, string after, int? limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await catalog.ListAsync(tenant, collection, prefix, after, limit ?? LargestPage, cancellationToken);
            foreach (var entry in page)
                yield return new DocumentListing(entry.Id, entry.Version, entry.Title);
            if (limit is not null || page.Count < LargestPage)
                yield break;
            after = page[^1].Id;
        }
    }

    private async Task FindAsync(HttpContext context, Caller caller, string id, string? tenant, CancellationToken cancellationToken)
    {
        KnownParameters.Check(context.Request.Query, KnownParameters.Tenant);
        var (owner, named) = (Tenant(caller, tenant), DocumentPath.Id(context.Request));
        if (await catalog.FindLengthAsync(owner, named, cancellationToken) is not { } length
            || !await LargeReply.TryWriteAsync(context, transfers, length, ReadAsync, ApiJson.Default.DocumentReport))
            await NotFound.WriteAsync(context);

        async Task<DocumentReport?> ReadAsync() => await catalog.FindAsync(owner, named, cancellationToken) is { } stored ? DocumentReport.From(stored) : null;
    }

    private static string Tenant(Caller caller, string? named)
    {
        var tenant = caller.TenantOf(named);
        DocumentValidator.ValidateName("tenant", tenant);
        return tenant;
    }

    private static string Name(string field, string? given, string otherwise)
    {
        if (given is not null)
            DocumentValidator.ValidateName(field, given);
        return given ?? otherwise;
    }

    /// <summary>How ids begin: PostgreSQL has no place for a zero character.</summary>
    private static string Beginning(string field, string? given) => given?.Contains('\0', StringComparison.Ordinal) == true
        ? throw new DocumentRejectedException(field, "holds a zero character", "No id has one: leave it out.")
        : given ?? "";

    private static int? Limit(string? given) => given is null ? null
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LargestPage ? limit
        : throw new DocumentRejectedException("limit", $"is not a whole number from 1 to {LargestPage}", "Ask for the page after the last id of this one.");
}
