using System.Net.Sockets;
using System.Security.Authentication;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>What went wrong with a request, in words for the sender, and whether it may pass by itself.</summary>
internal static class FetchFailures
{
    /// <returns>A <see cref="FetchRefusedException"/> or a <see cref="FetchFailedException"/>.</returns>
    public static Exception Explain(Exception failure, FetchOptions options)
    {
        if (Chain(failure).FirstOrDefault(static e => e is FetchRefusedException or FetchFailedException) is { } known)
            return known;
        if (Chain(failure).Any(static e => e is AuthenticationException))
            return new FetchRefusedException("names a host that does not prove with a valid certificate to be it");
        // How the handler reports its own limit on connecting.
        if (failure is OperationCanceledException { InnerException: TimeoutException })
            return new FetchFailedException($"no connection within {options.ConnectTimeout.TotalSeconds:0.###} s", inner: failure);
        if (failure is OperationCanceledException)
            return new FetchFailedException($"no answer within {options.RequestTimeout.TotalSeconds:0.###} s", inner: failure);
        return Chain(failure).OfType<SocketException>().FirstOrDefault()?.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => new FetchFailedException("no address found for the host", inner: failure),
            _ => Explain((failure as HttpRequestException)?.HttpRequestError ?? (failure as HttpIOException)?.HttpRequestError, failure),
        };
    }

    private static Exception Explain(HttpRequestError? error, Exception failure) => error switch
    {
        HttpRequestError.ConfigurationLimitExceeded => new FetchRefusedException("is answered with more headers than are read"),
        HttpRequestError.InvalidResponse => new FetchRefusedException("is not answered in HTTP"),
        HttpRequestError.ConnectionError => new FetchFailedException("no connection to the host", inner: failure),
        null when failure is not IOException => new FetchRefusedException("can't be fetched from"),
        _ => new FetchFailedException("the connection to the host broke", inner: failure),
    };

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            yield return e;
    }
}
