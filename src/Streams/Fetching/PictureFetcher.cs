using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>
/// Fetches pictures over HTTP from hosts that the operator has listed. Whoever sends documents chooses the addresses, so nothing of them or of what answers is
/// trusted: docs/documents.md has the rules, and each has a test that fails without it.
/// </summary>
public sealed class PictureFetcher : IPictureFetcher, IDisposable
{
    private const int FirstBuffer = 64 << 10;

    private readonly FetchOptions options;
    private readonly DocumentLimits limits;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly UrlRules rules;
    private readonly ConnectionSlots slots;
    private readonly HttpMessageInvoker client;

    /// <param name="options">From where, and what it may cost.</param>
    /// <param name="limits">How large a picture may be.</param>
    /// <param name="logger">Events 4300 to 4399.</param>
    public PictureFetcher(FetchOptions options, DocumentLimits limits, ILogger<PictureFetcher> logger)
        : this(options, limits, logger, new SystemHostResolver(), null, TimeProvider.System)
    {
    }

    /// <param name="roots">The only certificate authorities that are trusted; null: the system's.</param>
    internal PictureFetcher(
        FetchOptions options, DocumentLimits limits, ILogger logger, IHostResolver resolver, X509Certificate2Collection? roots, TimeProvider time)
    {
        this.options = options;
        this.limits = limits;
        this.logger = logger;
        this.time = time;
        rules = new UrlRules(options);
        slots = new ConnectionSlots(options.Connections, options.ConnectionsPerHost);
        client = new HttpMessageInvoker(CreateHandler(options, new GuardedConnector(rules, resolver, logger), roots), disposeHandler: true);
    }

    /// <inheritdoc />
    public async Task<InlineImage> FetchAsync(string field, Uri url, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var backoff = new Backoff(options.RetryDelay, options.MaxRetryDelay, time);
        var problem = "neither a free connection nor an answer";
        try
        {
            rules.Check(url);
            while (true)
            {
                try
                {
                    return DocumentValidator.ValidatePicture(field, await RequestAsync(url, either.Token).ConfigureAwait(false), limits);
                }
                catch (FetchFailedException e)
                {
                    problem = e.Message;
                    FetchLog.Failed(logger, url.IdnHost, backoff.Attempts + 1, e.Message, e.InnerException?.Message);
                    if (backoff.Attempts + 1 >= options.Attempts)
                        throw Failed(field, problem, $"after {options.Attempts} tries");
                    // A host may name any time; more than what is left is as good as all of it.
                    if (e.RetryAfter is { } wait)
                        await Task.Delay(wait < options.TimeLimit ? wait : options.TimeLimit, time, either.Token).ConfigureAwait(false);
                }

                await backoff.WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (FetchRefusedException e)
        {
            throw new DocumentRejectedException(field, e.Message, e.Fix);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failed(field, problem, $"within {options.TimeLimit.TotalSeconds:0.###} s");
        }
    }

    public void Dispose()
    {
        client.Dispose();
        slots.Dispose();
    }

    /// <summary>One try: a request, and those that it is redirected to.</summary>
    private async Task<ReadOnlyMemory<byte>> RequestAsync(Uri url, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            // Given back before the next host's is asked for: who holds one waits for no other.
            using var slot = await slots.EnterAsync(url.IdnHost, cancellationToken).ConfigureAwait(false);
            using var limit = new CancellationTokenSource(options.RequestTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                using var request = Request(url);
                using var response = await client.SendAsync(request, either.Token).ConfigureAwait(false);
                if (!IsRedirect(response.StatusCode))
                    return await ReadAsync(response, either.Token).ConfigureAwait(false);
                if (redirects == options.MaxRedirects)
                    throw new FetchRefusedException($"redirects more than {options.MaxRedirects} times");
                url = rules.Follow(url, response.Headers.Location);
            }
            catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
            {
                throw FetchFailures.Explain(e, options);
            }
        }
    }

    private static HttpRequestMessage Request(Uri url)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("uvlm", null));
        request.Headers.TryAddWithoutValidation("Accept", "image/jpeg, image/png, image/webp");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        return request;
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is 408 or 425 or 429 or >= 500)
            throw new FetchFailedException($"the host answers {status}", response.Headers.RetryAfter?.Delta);
        if (status != 200)
            throw new FetchRefusedException($"is answered {status}", "Correct the address, or send the picture itself as base64 in data.");
        if (response.Content.Headers.ContentEncoding.Any(static encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new FetchRefusedException("is answered with compressed content, which was not asked for");
        if (response.Content.Headers.ContentLength > limits.MaxImageBytes)
            throw TooLarge();
        return await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        // One byte more than there should be, so that the end is seen without growing.
        var known = content.Headers.ContentLength is { } length;
        var buffer = new byte[(known ? (int)content.Headers.ContentLength!.Value : FirstBuffer) + 1];
        var filled = 0;
        while (await body.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            filled += read;
            if (filled > limits.MaxImageBytes)
                throw TooLarge();
            if (filled == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, limits.MaxImageBytes + 1L));
        }

        return known ? buffer.AsMemory(0, filled) : buffer.AsSpan(0, filled).ToArray();
    }

    private FetchRefusedException TooLarge() =>
        new($"is answered with more than the {limits.MaxImageBytes} bytes that a picture may have", "Scale the picture down.");

    private static DocumentRejectedException Failed(string field, string problem, string how) =>
        new(field, $"could not be fetched {how}: {problem}", "Send the document again when the host is well, or the picture itself as base64 in data.");

    private static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static SocketsHttpHandler CreateHandler(FetchOptions options, GuardedConnector connector, X509Certificate2Collection? roots)
    {
        // Certificates name addresses to download missing ones from: those would be requests past all of this.
        var chain = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (roots is not null)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(roots);
        }

        return new SocketsHttpHandler
        {
            ConnectCallback = connector.ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain },
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.ConnectionsPerHost,
            MaxResponseHeadersLength = options.MaxHeaderKilobytes,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            PreAuthenticate = false,
            ActivityHeadersPropagator = null,
            // The rest of an answer that is not wanted is not read either.
            MaxResponseDrainSize = 0,
        };
    }
}
