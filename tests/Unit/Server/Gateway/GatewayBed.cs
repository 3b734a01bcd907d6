using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Storage.Cluster;
using Yarp.ReverseProxy.Forwarder;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>A gateway before nodes that behave as a test says, over real connections.</summary>
internal sealed class GatewayBed : IAsyncDisposable
{
    private readonly List<WebApplication> apps = [];
    private readonly List<Member> members = [];
    private GatewayMiddleware middleware = null!;
    private readonly List<IDisposable> sockets = [];
    private int looks;

    public DestinationTable Table { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>How often the members were asked for out of turn.</summary>
    public int Looks => Volatile.Read(ref looks);

    /// <summary>What such a look finds; null: nothing new.</summary>
    public Action? OnLook { get; set; }

    /// <param name="lot">By which nodes are drawn.</param>
    public static async Task<GatewayBed> StartAsync(GatewayOptions? given = null, int lot = 1)
    {
        var bed = new GatewayBed();
        // However slow the machine is, nodes are reached, and what failed in a test is remembered to its end.
        var options = (given ?? new GatewayOptions { ConnectTimeout = TimeSpan.FromMinutes(2) }) with { Aside = TimeSpan.FromMinutes(2), LastResort = TimeSpan.FromMinutes(2) };
        bed.Table = new DestinationTable("gateway", Members.Lifetime, options, TimeProvider.System, new Random(lot));
        var address = await bed.ServeAsync(app =>
        {
            bed.middleware = new GatewayMiddleware(
                bed.Table, app.Services.GetRequiredService<IHttpForwarder>(), bed.LookAsync, options, "gateway", works: false, NullLogger<GatewayMiddleware>.Instance);
            app.Use(bed.middleware.InvokeAsync);
        });
        bed.Http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(2) };
        return bed;
    }

    /// <summary>Each is less wanted than those before it.</summary>
    public async Task<FakeNode> AddAsync(string name, RequestDelegate serve)
    {
        var (node, enter) = await StartAsync(name, serve);
        enter();
        return node;
    }

    /// <summary>A node that the gateway has not heard of.</summary>
    /// <returns>With what makes it hear.</returns>
    public async Task<(FakeNode Node, Action Enter)> StartAsync(string name, RequestDelegate serve, long epoch = 1)
    {
        var node = new FakeNode();
        var address = await ServeAsync(app => app.Run(context => node.TakeAsync(context, serve)));
        return (node, () => Add(name, address, epoch));
    }

    public void AddUnreachable(string name)
    {
        // Taken, so that nobody else gets it meanwhile, and not listened at.
        var port = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(port);
        port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Add(name, $"http://127.0.0.1:{((IPEndPoint)port.LocalEndPoint!).Port}");
    }

    /// <summary>As a machine that is cut off: nothing comes back, not even a refusal.</summary>
    public async Task AddDeafAsync(string name)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        sockets.Add(listener);
        listener.Start(backlog: 1);
        var end = (IPEndPoint)listener.LocalEndpoint;

        // With its queue full the kernel drops whoever asks. One that is slow may be the machine's doing.
        for (var dropped = 0; dropped < 2;)
        {
            var client = new TcpClient();
            sockets.Add(client);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                await client.ConnectAsync(end, patience.Token);
                dropped = 0;
            }
            catch (OperationCanceledException)
            {
                dropped++;
            }
        }

        Add(name, $"http://127.0.0.1:{end.Port}");
    }

    public void Remove(string name)
    {
        members.RemoveAll(m => m.Info.Name == name);
        Table.Update(members);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var app in apps)
            await app.DisposeAsync();
        middleware.Dispose();
        foreach (var socket in sockets)
            socket.Dispose();
    }

    private Task LookAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref looks);
        OnLook?.Invoke();
        return Task.CompletedTask;
    }

    private void Add(string name, string address, long epoch = 1)
    {
        members.RemoveAll(m => m.Info.Name == name);
        members.Add(Members.Of(name, address, epoch: epoch, tokens: 100_000 >> members.Count, generations: 1000 >> members.Count, requests: members.Count * 100));
        Table.Update(members);
    }

    private async Task<string> ServeAsync(Action<WebApplication> configure)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        apps.Add(app);
        configure(app);
        await app.StartAsync();
        return app.Urls.First();
    }
}
