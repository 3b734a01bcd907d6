using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Tls;

namespace UnifiedVlm.Server.Http;

/// <summary>Sets up what stands before the routes: addresses, TLS, limits, what other origins' pages may do.</summary>
internal static class WebServer
{
    /// <summary>Of what one sends before a body: the line that names a document is the longest, 512 characters percent-encoded.</summary>
    private const int LineBytes = 8 << 10;
    private const int HeaderBytes = 32 << 10;
    private const int Headers = 100;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(130);

    /// <summary>What a page of another origin may read of a reply beside its body.</summary>
    private static readonly string[] ExposedHeaders =
    [
        "ETag", "Location", "Retry-After", "WWW-Authenticate", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ];

    /// <param name="largestDocument">Bytes; a body is read a byte further, so that the route can say what it is too large for.</param>
    public static void Configure(WebApplicationBuilder builder, HttpOptions options, long largestDocument)
    {
        // A parameter that can't be read is told of as everything else is.
        builder.Services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi(api => KeySecurity.Describe(api, options.Auth));
        if (options.CorsOrigins.Count > 0)
            builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => Allow(policy, options.CorsOrigins)));
        builder.WebHost.UseUrls(options.Url);
        if (options.Certificate is { } files)
        {
            builder.Services.AddSingleton(services => new ServedCertificate(files, TimeProvider.System, services.GetRequiredService<ILogger<ServedCertificate>>()));
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            var limits = server.Limits;
            limits.MaxRequestBodySize = Math.Min(largestDocument + 1, options.MaxBodyBytes);
            limits.MaxConcurrentConnections = options.MaxConnections;
            (limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount) = (LineBytes, HeaderBytes, Headers);
            (limits.RequestHeadersTimeout, limits.KeepAliveTimeout) = (HeadersTimeout, IdleConnection);
            if (server.ApplicationServices.GetService<ServedCertificate>() is { } certificate)
                server.ConfigureEndpointDefaults(endpoint => endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Options) }));
        });
    }

    /// <summary>No credentials of the browser's own: a page sends its key itself.</summary>
    private static void Allow(CorsPolicyBuilder policy, IReadOnlyList<string> origins) => policy
        .WithOrigins([.. origins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(ExposedHeaders).SetPreflightMaxAge(TimeSpan.FromMinutes(10));
}
