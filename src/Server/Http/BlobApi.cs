using Microsoft.Net.Http.Headers;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Server.Http;

/// <summary>Pictures that come and go by themselves: what exceeds a message is uploaded first, and the document then names it.</summary>
internal sealed class BlobApi(Node node, BlobTransfers transfers)
{
    private const string Path = "/v1/blobs";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, UploadAsync).Needs(KeyScopes.Write)
            .WithSummary("Upload a JPEG, PNG or WebP file for documents of the tenant to name by its SHA-256. 201 once it is committed, 200 if it was there.")
            .Accepts<Stream>("image/jpeg", "image/png", "image/webp", "*/*").Produces<BlobAccepted>(StatusCodes.Status201Created).Produces<BlobAccepted>()
            .ProducesProblem(400).ProducesProblem(413).ProducesProblem(429).ProducesProblem(503);
        routes.MapMethods(Path + "/{sha256}", [HttpMethods.Get, HttpMethods.Head], GetAsync).Needs(KeyScopes.Read)
            .WithSummary("A picture of the tenant, uploaded or of a document.")
            .Produces<Stream>(StatusCodes.Status200OK, "image/jpeg", "image/png", "image/webp").Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);
    }

    private async Task<IResult> UploadAsync(HttpContext context, Caller caller, string? tenant, CancellationToken cancellationToken)
    {
        var owner = Owner(context.Request, caller, tenant);
        var limit = node.Options.Limits.MaxImageBytes;
        // A body that does not say how long it is may become as long as it may be.
        var most = context.Request.ContentLength ?? limit;
        if (most > limit)
            throw TooLarge(limit);
        using var room = transfers.Upload(most);
        using var pace = transfers.ExpectSender(context);
        using var sent = await RequestBody.ReadAsync(context.Request, limit, node.RequestBytes, cancellationToken, TooLarge, pace);
        var body = sent.Bytes;
        var picture = Probe(body);
        var stored = await node.Store.Blobs.PutAsync(owner, body, cancellationToken);
        context.Response.Headers.Location = $"{Path}/{stored.Sha256}" + (tenant is null ? "" : $"?tenant={tenant}");
        return JsonReply.Of(
            new BlobAccepted(stored.Sha256, body.Length, picture.Width, picture.Height), ApiJson.Default.BlobAccepted,
            stored.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task GetAsync(HttpContext context, Caller caller, string sha256, string? tenant, CancellationToken cancellationToken)
    {
        var owner = Owner(context.Request, caller, tenant);
        var name = DocumentValidator.ValidateSha256("sha256", sha256);
        if (!(await node.Store.Blobs.FindAsync(owner, [name], cancellationToken)).TryGetValue(name, out var blob))
            throw new BlobNotFoundException(name);
        var tag = new EntityTagHeaderValue($"\"{name}\"");
        var isKnown = context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false) || known == EntityTagHeaderValue.Any);
        using var room = isKnown || HttpMethods.IsHead(context.Request.Method) ? null : transfers.Download(blob.Bytes);
        var bytes = room is null ? null : await node.Store.Blobs.ReadAsync(owner, name, cancellationToken) ?? throw new BlobNotFoundException(name);

        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        // A hash names one content for ever. Private: another tenant may not have it from a shared cache.
        headers.CacheControl = new CacheControlHeaderValue { Private = true, MaxAge = TimeSpan.FromDays(365), Extensions = { new NameValueHeaderValue("immutable") } };
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
        if (isKnown)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = blob.MediaType;
        context.Response.ContentLength = blob.Bytes;
        if (bytes is null)
            return;
        await transfers.SendAsync(context, bytes);
    }

    private static string Owner(HttpRequest request, Caller caller, string? tenant)
    {
        KnownParameters.Check(request.Query, KnownParameters.Tenant);
        if (tenant is not null)
            DocumentValidator.ValidateName("tenant", tenant);
        return caller.TenantOf(tenant);
    }

    /// <summary>What its header says, within what a document's picture may be: who uploads hears at once what a document that names it would be refused for.</summary>
    private ImageInfo Probe(ReadOnlyMemory<byte> body)
    {
        DocumentValidator.ValidatePicture("$", body, node.Options.Limits);
        try
        {
            return ImageDecoder.Probe(body.Span, ImageLimits.Default);
        }
        catch (ImageException error)
        {
            throw new DocumentRejectedException("$", error.Problem, error.Fix, error);
        }
    }

    private static BadHttpRequestException TooLarge(long limit)
        => new($"$: is longer than the {limit} bytes that a picture may have. Scale the picture down.", StatusCodes.Status413PayloadTooLarge);
}
