using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace UnifiedVlm.Client;

/// <summary>The server-sent events of a reply.</summary>
internal static class EventStream
{
    /// <summary>Ends where the reply ends: whether that was its proper end is for the caller to say.</summary>
    /// <exception cref="UnifiedVlmException">The connection broke off.</exception>
    public static async IAsyncEnumerable<SseItem<string>> ReadAsync(HttpResponseMessage reply, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await reply.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var items = SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveAsync(items).ConfigureAwait(false))
            yield return items.Current;
    }

    public static UnifiedVlmException BrokenOff(Exception? inner = null) => new(null, "The stream broke off before its end.", inner: inner);

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<SseItem<string>> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw BrokenOff(error);
        }
    }
}
