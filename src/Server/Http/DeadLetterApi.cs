using Microsoft.OpenApi;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.DeadLetters;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// The routes of dead letters. A request is about one tenant's: records that name none (broken ones, lost ranges) are the operator's, on the
/// command line.
/// </summary>
internal sealed class DeadLetterApi(DeadLetterStore letters, BlobTransfers transfers)
{
    private const int DefaultPage = 100;
    private const int LargestPage = 500;

    private static readonly DeadLetterField Tenant = new("tenant", DeadLetterFieldKind.Text, "Whose dead letters; unless given the key's, or the default one's");
    private static readonly DeadLetterField After = new("after", DeadLetterFieldKind.Number, "The page after this number: 'next' of the page before");
    private static readonly DeadLetterField Limit = new("limit", DeadLetterFieldKind.Number, $"Dead letters a page, 1 to {LargestPage}; {DefaultPage} unless given");

    private static readonly DeadLetterField[] FilterFields = [Tenant, .. DeadLetterField.Conditions];
    private static readonly DeadLetterField[] PageFields = [.. FilterFields, After, Limit];

    public void Map(IEndpointRouteBuilder routes)
    {
        Describe(routes.MapGet("/v1/dead-letters", ListAsync), PageFields)
            .WithSummary("Records that could not be ingested, oldest first, without their bytes.").Produces<DeadLetterPage>();
        Describe(routes.MapDelete("/v1/dead-letters", DropAllAsync), FilterFields)
            .WithSummary("Drop the dead letters of a filter for good. A filter that leaves nothing out is refused.").Produces<DeadLettersDropped>();
        Describe(routes.MapPost("/v1/dead-letters/replay", ReplayAllAsync), FilterFields)
            .WithSummary("Ingest the records of a filter's dead letters again, in the versions they had at first.")
            .Produces<DeadLettersQueued>(StatusCodes.Status202Accepted);
        Describe(routes.MapGet("/v1/dead-letters/{id:long}", FindAsync), [Tenant])
            .WithSummary("Everything about one dead letter, its original bytes included.").Produces<DeadLetterReport>().ProducesProblem(404).ProducesProblem(429);
        Describe(routes.MapDelete("/v1/dead-letters/{id:long}", DropAsync), [Tenant])
            .WithSummary("Drop a dead letter for good.").Produces<DeadLettersDropped>().ProducesProblem(404);
        Describe(routes.MapPost("/v1/dead-letters/{id:long}/replay", ReplayAsync), [Tenant])
            .WithSummary("Ingest the record again. 409 where it is not there: a range that the log lost, a record of which only the beginning was kept.")
            .Produces<DeadLettersQueued>(StatusCodes.Status202Accepted).ProducesProblem(404).ProducesProblem(409);
    }

    private async Task<IResult> ListAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = Read(request, PageFields);
        var limit = (int)(fields.Number(Limit.Name, 1, LargestPage) ?? DefaultPage);
        var page = await letters.ListAsync(TenantBound(caller, fields.Filter()), fields.Number(After.Name, 0, long.MaxValue) ?? 0, limit, cancellationToken);
        return JsonReply.Of(
            new DeadLetterPage([.. page.Select(DeadLetterListing.From)], page.Count == limit ? page[^1].Id : null), ApiJson.Default.DeadLetterPage);
    }

    private async Task FindAsync(long id, HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var tenant = TenantOf(caller, context.Request);
        var length = await letters.FindLengthAsync(tenant, id, cancellationToken);
        await LargeReply.TryWriteAsync(
            context, transfers, length, async () => DeadLetterReport.From(await letters.FindAsync(tenant, id, cancellationToken)), ApiJson.Default.DeadLetterReport);
    }

    private async Task<IResult> ReplayAsync(long id, HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        await letters.ReplayAsync(TenantOf(caller, request), id, cancellationToken);
        return Queued(new ReplayReceipt(Queued: 1, Skipped: 0));
    }

    private async Task<IResult> ReplayAllAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
        => Queued(await letters.ReplayAsync(TenantBound(caller, Read(request, FilterFields).Filter()), cancellationToken));

    private async Task<IResult> DropAsync(long id, HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        await letters.DropAsync(TenantOf(caller, request), id, cancellationToken);
        return Dropped(1);
    }

    private async Task<IResult> DropAllAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
        => Dropped(await letters.DropAsync(TenantBound(caller, Read(request, FilterFields).FilterThatIsNotEmpty()), cancellationToken));

    private static IResult Queued(ReplayReceipt receipt) => JsonReply.Of(
        new DeadLettersQueued(receipt.Queued, receipt.Skipped), ApiJson.Default.DeadLettersQueued, StatusCodes.Status202Accepted);

    private static IResult Dropped(long count) => JsonReply.Of(new DeadLettersDropped(count), ApiJson.Default.DeadLettersDropped);

    private static string TenantOf(Caller caller, HttpRequest request) => TenantBound(caller, Read(request, [Tenant]).Filter()).Tenant!;

    private static DeadLetterFilter TenantBound(Caller caller, DeadLetterFilter filter) => filter with { Tenant = caller.TenantOf(filter.Tenant) };

    /// <summary>A condition that is misspelt must not widen what is dropped, so what is not known is refused.</summary>
    /// <exception cref="DocumentRejectedException">A parameter is not known, or given twice.</exception>
    private static DeadLetterFields Read(HttpRequest request, IReadOnlyList<DeadLetterField> known)
    {
        KnownParameters.Check(request.Query, [.. known.Select(static field => field.Name)]);
        return new DeadLetterFields(name => request.Query.TryGetValue(name, out var values) ? values.ToString() : null, static name => name);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, IReadOnlyList<DeadLetterField> fields) => route
        .Needs(KeyScopes.Admin).ProducesProblem(400).ProducesProblem(503)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            foreach (var field in fields)
            {
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = field.Name,
                    In = ParameterLocation.Query,
                    Description = field.Description + ".",
                    Schema = Schema(field.Kind),
                });
            }

            return Task.CompletedTask;
        });

    private static OpenApiSchema Schema(DeadLetterFieldKind kind) => kind switch
    {
        DeadLetterFieldKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        DeadLetterFieldKind.Time => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
