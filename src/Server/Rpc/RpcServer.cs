using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using UnifiedVlm.Server.Http.Tls;

namespace UnifiedVlm.Server.Rpc;

/// <summary>Where other nodes reach this one's devices: HTTP/2, and nothing else, on an address of its own.</summary>
internal sealed class RpcServer : IAsyncDisposable
{
    public const string SecretScheme = "Bearer ";

    /// <summary>In the reply to a call whose credit was booked as spent; one that is refused before that has none.</summary>
    public const string BookedHeader = "uvlm-booked";

    /// <summary>Of one document, prepared.</summary>
    public const int LargestMessage = 512 << 20;

    private const int Connections = 1024;
    private const int StreamsPerConnection = 4096;
    private const int StreamWindow = 2 << 20;
    private const int ConnectionWindow = 16 << 20;

    /// <summary>A node that stands still is found within this and <see cref="RpcOptions.PingTimeout"/>.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(2);

    private readonly WebApplication app;

    private RpcServer(WebApplication app, Uri address) => (this.app, Address) = (app, address);

    /// <summary>Where others find it.</summary>
    public Uri Address { get; }

    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<RpcServer> StartAsync(RpcOptions options, DeviceService service, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options.Url);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(new SharedLoggers(loggers)));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain);
        builder.Services.AddGrpc(static grpc => (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (LargestMessage, LargestMessage));
        builder.Services.AddSingleton(service);
        builder.WebHost.UseUrls(options.Url);
        var certificate = options.Certificate is { } files ? new ServedCertificate(files, TimeProvider.System, loggers.CreateLogger<ServedCertificate>()) : null;
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxConcurrentConnections = Connections;
            server.Limits.MaxRequestBodySize = null; // Of a stream; messages have their limit.
            server.Limits.MinRequestBodyDataRate = null; // A connection is silent while there is nothing to say.
            server.Limits.MinResponseDataRate = null;
            var http2 = server.Limits.Http2;
            (http2.MaxStreamsPerConnection, http2.KeepAlivePingDelay, http2.KeepAlivePingTimeout) = (StreamsPerConnection, PingDelay, options.PingTimeout);
            (http2.InitialConnectionWindowSize, http2.InitialStreamWindowSize) = (ConnectionWindow, StreamWindow);
            server.ConfigureEndpointDefaults(endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http2;
                if (certificate is not null)
                    endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Options) });
            });
        });
        var app = builder.Build();
        try
        {
            app.Use((context, next) => IsAllowed(context, options.Secret) ? next(context) : RefuseAsync(context));
            app.MapGrpcService<DeviceService>();
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var listening = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new RpcServer(app, options.Advertised ?? listening);
    }

    /// <summary>The connections of borrowers end at once; what they have sent comes to its end, for up to <see cref="RpcOptions.Drain"/>.</summary>
    public Task StopAsync() => app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>In constant time: how long a refusal takes tells nothing of the secret.</summary>
    private static bool IsAllowed(HttpContext context, string secret)
    {
        if (secret.Length == 0)
            return true;
        var given = context.Request.Headers.Authorization.ToString();
        return given.StartsWith(SecretScheme, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given[SecretScheme.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}
