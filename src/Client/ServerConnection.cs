using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Client;

/// <summary>Sends requests, again where that can help, and turns refusals into exceptions. Every request counts once, however often it is sent.</summary>
internal sealed class ServerConnection
{
    /// <summary>Slower uploads need a longer <see cref="UnifiedVlmClientOptions.ResponseTimeout"/>.</summary>
    private const double UploadBytesPerSecond = 256 << 10;

    private readonly HttpClient http;
    private readonly UnifiedVlmClientOptions options;
    private readonly TimeProvider time;

    /// <exception cref="ArgumentException">The key can't be sent.</exception>
    public ServerConnection(HttpClient http, UnifiedVlmClientOptions options, TimeProvider time)
    {
        if (options.ApiKey is { } key && !IsVisibleAscii(key))
            throw new ArgumentException("ApiKey: has a character that is no visible ASCII. Send the key as it was printed, without a line's end.", nameof(options));
        (this.http, this.options, this.time) = (http, options, time);
    }

    /// <summary>Where paths begin: an address below which a proxy has the server keeps its own path.</summary>
    private Uri? Root => http.BaseAddress is { } address && !address.AbsolutePath.EndsWith('/') ? new Uri(address.GetLeftPart(UriPartial.Path) + "/") : http.BaseAddress;

    public static bool IsVisibleAscii(string text) => text.All(static c => c is > ' ' and <= '~');

    /// <param name="create">Makes the request anew for each try, its path relative.</param>
    /// <returns>A reply that is no failure; its body is not read yet.</returns>
    /// <exception cref="UnifiedVlmException">The server refused, or failed too often.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, RequestKind kind, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            HttpResponseMessage reply;
            try
            {
                reply = await TryAsync(create, kind, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException error)
            {
                if (attempt >= options.Retries)
                    throw new UnifiedVlmException(null, $"The server could not be reached: {error.Message}", inner: error);
                await Task.Delay(BackOff(attempt), time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (reply.IsSuccessStatusCode)
                return reply;
            if (attempt >= options.Retries || !MayRepeat(reply.StatusCode, kind) || Wait(reply, attempt) is not { } wait)
                throw await FailureAsync(reply, cancellationToken).ConfigureAwait(false);
            reply.Dispose();
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> TryAsync(Func<HttpRequestMessage> create, RequestKind kind, CancellationToken cancellationToken)
    {
        using var request = create();
        if (Root is { } root)
            request.RequestUri = new Uri(root, request.RequestUri!);
        if (options.ApiKey is { } key)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var limit = new CancellationTokenSource(Limit(request, kind), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            // The limit, or the HttpClient's own: the caller has cancelled nothing.
            throw new HttpRequestException("it did not answer in time.", error);
        }
    }

    private TimeSpan Limit(HttpRequestMessage request, RequestKind kind)
    {
        var given = options.ResponseTimeout ?? kind.Limit;
        return given == Timeout.InfiniteTimeSpan ? given : given + kind.Held + TimeSpan.FromSeconds((request.Content?.Headers.ContentLength ?? 0) / UploadBytesPerSecond);
    }

    private static bool MayRepeat(HttpStatusCode status, RequestKind kind) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
        || (status == HttpStatusCode.GatewayTimeout && kind.RepeatsSlow);

    /// <returns>Null when the server asks for more patience than there is.</returns>
    private TimeSpan? Wait(HttpResponseMessage reply, int attempt)
    {
        var asked = reply.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - time.GetUtcNow()) : null;
        if (asked > options.MaxRetryDelay)
            return null;
        return asked > TimeSpan.Zero ? asked : BackOff(attempt);
    }

    private TimeSpan BackOff(int attempt)
    {
        var ceiling = Math.Min(options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)), options.MaxRetryDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.Shared.NextDouble() / 2)));
    }

    private static async Task<UnifiedVlmException> FailureAsync(HttpResponseMessage reply, CancellationToken cancellationToken)
    {
        using (reply)
        {
            var said = await SaidAsync(reply, cancellationToken).ConfigureAwait(false);
            var (message, field) = said.At("error") is JsonObject error
                ? (error.Text("message"), error.Text("param"))
                : (said.Text("detail") ?? said.Text("title"), said.Text("field"));
            return new UnifiedVlmException(reply.StatusCode, message ?? $"The server answered {(int)reply.StatusCode} {reply.ReasonPhrase}.", field);
        }
    }

    /// <returns>Null where the body broke off or is no JSON: the status is an answer without it.</returns>
    private static async Task<JsonNode?> SaidAsync(HttpResponseMessage reply, CancellationToken cancellationToken)
    {
        try
        {
            return JsonNode.Parse(await reply.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            return null;
        }
    }
}
