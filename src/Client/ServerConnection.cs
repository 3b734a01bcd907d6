using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Client;

/// <summary>Sends requests, again where that can help, and turns refusals into exceptions.</summary>
internal sealed class ServerConnection(HttpClient http, UnifiedVlmClientOptions options, TimeProvider time)
{
    /// <param name="create">Makes the request anew for each try.</param>
    /// <param name="repeatable">Sent twice, it counts once.</param>
    /// <returns>A reply that is no failure; its body is not read yet.</returns>
    /// <exception cref="UnifiedVlmException">The server refused, or failed too often.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, bool repeatable, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            HttpResponseMessage? reply = null;
            try
            {
                using var request = create();
                if (options.ApiKey is { } key)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
                reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
                if (reply.IsSuccessStatusCode)
                    return reply;
                if (attempt >= options.Retries || !MayRepeat(reply.StatusCode, repeatable) || Wait(reply, attempt) is not { } wait)
                    throw await FailureAsync(reply, cancellationToken).ConfigureAwait(false);
                reply.Dispose();
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException error)
            {
                reply?.Dispose();
                if (!repeatable || attempt >= options.Retries)
                    throw new UnifiedVlmException(null, $"The server could not be reached: {error.Message}", inner: error);
                await Task.Delay(BackOff(attempt), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A refusal for lack of room has done nothing; after any other failure it isn't known.</summary>
    private static bool MayRepeat(HttpStatusCode status, bool repeatable) => status == HttpStatusCode.TooManyRequests
        || (repeatable && status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

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
            var body = await reply.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            var said = Parse(body);
            var (message, field) = said?["error"] is JsonObject error
                ? ((string?)error["message"], (string?)error["param"])
                : ((string?)said?["detail"] ?? (string?)said?["title"], (string?)said?["field"]);
            return new UnifiedVlmException(reply.StatusCode, message ?? $"The server answered {(int)reply.StatusCode} {reply.ReasonPhrase}.", field);
        }
    }

    /// <summary>A proxy in between may say anything.</summary>
    private static JsonObject? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
