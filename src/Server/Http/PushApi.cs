using System.Globalization;
using System.Security.Cryptography;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Http;

/// <summary>Pushed documents: taken into the inbox before they are acknowledged, and what became of them.</summary>
/// <param name="fetchesUrls">Documents may name pictures by address.</param>
internal sealed class PushApi(Node node, InboxGate gate, TimeProvider time, bool fetchesUrls)
{
    private const string StatusPath = "/v1/inbox/";
    private const int MaxWaitSeconds = 30;

    /// <summary>So many requests at a time wait for an outcome; beyond them the answer is what stands there now.</summary>
    private const int MaxWaiting = 64;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private static readonly string[] StatusParameters = ["tenant", "wait"];

    private readonly SemaphoreSlim waiting = new(MaxWaiting);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/documents", PushAsync).Needs(KeyScopes.Write)
            .WithSummary("Push one interleaved document, a CloudEvent that carries one or deletes one, or JSON Lines of either. 202 once all of it is committed to the inbox.")
            .Accepts<object>("application/json", "*/*").Produces<DocumentAccepted>(StatusCodes.Status202Accepted)
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429).ProducesProblem(503);
        routes.MapGet(StatusPath + "{position:long}", StatusAsync).Needs(KeyScopes.Read | KeyScopes.Write)
            .WithSummary($"What became of a pushed document. With wait (seconds, up to {MaxWaitSeconds}) the answer comes when it is known, or when they have passed.")
            .Produces<DocumentStatus>().ProducesProblem(400).ProducesProblem(404);
    }

    /// <summary>Commits pushes to the inbox, all of them or none.</summary>
    /// <param name="body">What was sent: another one under the same key is a conflict.</param>
    /// <exception cref="IdempotencyConflictException">The key was used before for another body.</exception>
    /// <exception cref="InboxFullException">There is no room.</exception>
    /// <exception cref="PushTooLargeException">There will never be: they are more than the inbox may hold.</exception>
    public async Task<DocumentAccepted[]> AcceptAsync(IReadOnlyList<InboxPush> pushes, string? key, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var pass = await gate.EnterAsync(new InboxLoad(pushes.Count, pushes.Sum(static p => p.Payload.Length)), cancellationToken);
        var receipt = await node.Store.Inbox.AppendAsync(pushes, key, SHA256.HashData(body.Span), cancellationToken);
        if (!receipt.SamePayload)
            throw new IdempotencyConflictException();
        return [.. pushes.Zip(receipt.Ids, static (push, id) => new DocumentAccepted(push.DocumentId, id, StatusUrl(push.Tenant, id)))];
    }

    private async Task<IResult> PushAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        caller = caller.Within(request);
        var reading = new DocumentReadOptions { Limits = node.Options.Limits, AllowBlobs = true, AllowUrls = fetchesUrls };
        var key = IdempotencyKey.Read(request);
        var contentType = request.ContentType is { Length: > 0 } given ? given : "application/json";
        using var sent = await RequestBody.ReadAsync(request, reading.Limits.MaxDocumentBytes, node.RequestBytes, cancellationToken);
        var body = sent.Bytes;
        var isBatch = PushBatch.IsBatch(contentType);
        if (!isBatch && BinaryEvent.Is(request.Headers, contentType))
            (body, contentType) = (BinaryEvent.ToStructured(request.Headers, request.ContentType, body), BinaryEvent.Structured);
        var accepted = await AcceptAsync(isBatch ? PushBatch.Read(body, contentType, reading, caller) : [PushedMessage.Read(body, contentType, reading, caller)], key, body, cancellationToken);
        if (isBatch)
            return JsonReply.Of(new DocumentsAccepted(accepted), ApiJson.Default.DocumentsAccepted, StatusCodes.Status202Accepted);
        request.HttpContext.Response.Headers.Location = accepted[0].StatusUrl;
        return JsonReply.Of(accepted[0], ApiJson.Default.DocumentAccepted, StatusCodes.Status202Accepted);
    }

    private async Task<IResult> StatusAsync(HttpRequest request, long position, Caller caller, string? tenant, string? wait, CancellationToken cancellationToken)
    {
        KnownParameters.Check(request.Query, StatusParameters);
        var outcome = await FindAsync(caller.TenantOf(tenant), position, Seconds(wait), cancellationToken);
        return outcome is null
            ? new HttpFailure(
                StatusCodes.Status404NotFound, "No such position", $"The tenant has pushed nothing at position {position}, or it was finished so long ago that it is forgotten.")
            : JsonReply.Of(DocumentStatus.From(outcome), ApiJson.Default.DocumentStatus);
    }

    private async Task<PushOutcome?> FindAsync(string tenant, long position, int seconds, CancellationToken cancellationToken)
    {
        var outcome = await node.Store.Inbox.FindAsync(tenant, position, cancellationToken);
        if (outcome is not { Status: InboxStatus.Received } || seconds == 0 || !waiting.Wait(0, CancellationToken.None))
            return outcome;
        try
        {
            var begun = time.GetTimestamp();
            while (outcome is { Status: InboxStatus.Received } && time.GetElapsedTime(begun) < TimeSpan.FromSeconds(seconds))
            {
                await Task.Delay(LookAgain, time, cancellationToken);
                outcome = await node.Store.Inbox.FindAsync(tenant, position, cancellationToken);
            }

            return outcome;
        }
        finally
        {
            waiting.Release();
        }
    }

    private static int Seconds(string? wait)
    {
        if (wait is null)
            return 0;
        return int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxWaitSeconds
            ? seconds
            : throw new DocumentRejectedException("wait", $"is not a whole number of seconds from 0 to {MaxWaitSeconds}", "Ask again for longer waits.");
    }

    private static string StatusUrl(string tenant, long position) => string.Create(
        CultureInfo.InvariantCulture, $"{StatusPath}{position}{(tenant == InterleavedDocument.DefaultTenant ? "" : "?tenant=" + Uri.EscapeDataString(tenant))}");
}
