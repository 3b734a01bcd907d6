using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Tests.Unit.Actors.Device;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

/// <summary>A node with one device that it lends, over a real connection.</summary>
internal sealed class LendingNode : IAsyncDisposable
{
    public const int PictureValues = 12;
    public const int ImageToken = 99;

    private readonly ActorSystem system = new("lending");
    private readonly DevicePool pool = new("lent", new PoolOptions { WaitsForDevices = false }, TimeProvider.System, NullLogger<DevicePool>.Instance);
    private readonly RpcServer server;

    private LendingNode(FakeModel model, DeviceOptions options, Func<LendingNode, RpcServer> start)
    {
        Model = model;
        Device = DeviceClient.Start(system, "cpu", model.Load, options);
        Lender = new DeviceLender([Device]);
        var local = new LocalDevice(Device);
        local.Changed += Lender.Settle;
        pool.Add(local);
        server = start(this);
    }

    public FakeModel Model { get; }

    public DeviceClient Device { get; }

    public DeviceLender Lender { get; }

    public Uri Address => server.Address;

    public static async Task<LendingNode> StartAsync(DeviceOptions? options = null, string secret = "", FakeModel? model = null)
    {
        model ??= new FakeModel();
        RpcServer? server = null;
        var node = new LendingNode(model, options ?? new DeviceOptions { MaxLinger = TimeSpan.Zero }, node =>
        {
            var service = new DeviceService(
                node.Lender, node.pool, new DeviceInfo(model.Fingerprint, model.Dimension), new WireLimits(100, 100_000, PictureValues, ImageToken, 1), NullLogger<DeviceService>.Instance);
            return server = RpcServer.StartAsync(new RpcOptions("http://127.0.0.1:0", null, secret, null) { PingTimeout = TimeSpan.FromMinutes(1) }, service, NullLoggerFactory.Instance, CancellationToken.None).GetAwaiter().GetResult();
        });
        await node.Device.Ready;
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await system.TerminateAsync(TimeSpan.FromSeconds(10));
        await server.DisposeAsync();
        pool.Dispose();
        await system.DisposeAsync();
    }
}
