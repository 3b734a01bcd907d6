using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Server.Rpc;

namespace UnifiedVlm.Bench.Encode;

/// <summary>A node that lends a device, as the program's own does, until its input ends.</summary>
internal static class Lending
{
    public const string Announcement = "listening on ";

    public static async Task RunAsync(TimeSpan perBatch, int batch)
    {
        await using var system = new ActorSystem("encode");
        var model = new NullModel(perBatch);
        var device = DeviceClient.Start(system, "cpu", () => new DeviceModel(model, model), new DeviceOptions { MaxBatchDocuments = batch, MaxBatchTokens = int.MaxValue });
        var info = await device.Ready;
        using var pool = new DevicePool("lent", new PoolOptions { WaitsForDevices = false }, TimeProvider.System, NullLogger<DevicePool>.Instance);
        var lender = new DeviceLender([device]);
        var local = new LocalDevice(device);
        local.Changed += lender.Settle;
        pool.Add(local);
        // The documents' ids are zeros: nothing stands for their pictures.
        var service = new DeviceService(lender, pool, info, new WireLimits(100_000, 4096, Load.PictureValues, ImageToken: -1, ImageTokens: 0), NullLogger<DeviceService>.Instance);
        await using var server = await RpcServer.StartAsync(new RpcOptions("http://127.0.0.1:0", null, "", null), service, NullLoggerFactory.Instance, CancellationToken.None);
        Console.WriteLine(Announcement + server.Address);
        await Console.In.ReadToEndAsync();
    }
}
