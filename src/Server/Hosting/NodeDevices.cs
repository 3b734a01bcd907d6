using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The model on each of the node's devices, or where it has none the model's weightless parts; and the pools that work is given to.</summary>
internal sealed class NodeDevices : IDisposable
{
    private const string Cpu = "cpu";

    private readonly PoolMeter meter;

    private NodeDevices(ModelParts model, IReadOnlyList<DeviceClient> local, ILoggerFactory loggers)
    {
        (Model, Local) = (model, local);
        Info = new DeviceInfo(model.Fingerprint, model.Dimension);
        var logger = loggers.CreateLogger<DevicePool>();
        Pool = new DevicePool("devices", new PoolOptions(), TimeProvider.System, logger);
        Lent = new DevicePool("devices of this node", new PoolOptions { WaitsForDevices = false }, TimeProvider.System, logger);
        foreach (var client in local)
        {
            var device = new LocalDevice(client);
            device.Changed += () => RoomChanged?.Invoke();
            Pool.Add(device);
            Lent.Add(new LocalDevice(client));
        }

        meter = new PoolMeter(Pool);
    }

    /// <summary>Raised when a device of this node may have more room than before, or came or went.</summary>
    public event Action? RoomChanged;

    public ModelParts Model { get; }

    public DeviceInfo Info { get; }

    /// <summary>Of this process.</summary>
    public IReadOnlyList<DeviceClient> Local { get; }

    /// <summary>What this node's work goes to: its own devices, and those that others lend it.</summary>
    public DevicePool Pool { get; }

    /// <summary>What other nodes' work goes to: this node's own devices.</summary>
    public DevicePool Lent { get; }

    /// <param name="cacheBytes">Of the KV cache of each device.</param>
    public static async Task<NodeDevices> StartAsync(NodeOptions options, long cacheBytes, ActorSystem actors, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Devices.Count == 0)
            return new NodeDevices(await Task.Run(() => ModelParts.Load(options.ModelDirectory, (ulong)options.Seed), cancellationToken), [], loggers);

        // Loaded here the first time: a folder that is no checkpoint is for the caller to hear at once, not a failure to be tried again.
        var threads = Math.Max(1, options.Threads / Math.Max(1, options.Devices.Count(static d => d == Cpu)));
        var first = await Task.Run(() => Load(options, options.Devices[0], threads, cacheBytes), cancellationToken);
        var parts = first.Parts;
        var local = new List<DeviceClient>();
        foreach (var device in options.Devices)
        {
            var loaded = local.Count == 0 ? first : null;
            local.Add(DeviceClient.Start(
                actors,
                NameOf(device, options.Devices.Take(local.Count).Count(d => d == device)),
                () => DeviceModel.Own(Interlocked.Exchange(ref loaded, null) ?? Load(options, device, threads, cacheBytes)),
                new DeviceOptions { MaxBatchTokens = options.BatchTokens },
                () => torch.set_num_threads(threads)));
        }

        await Task.WhenAll(local.Select(static device => device.Ready)).WaitAsync(cancellationToken);
        return new NodeDevices(parts, local, loggers);
    }

    public void Dispose()
    {
        meter.Dispose();
        Pool.Dispose();
        Lent.Dispose();
    }

    private static string NameOf(string device, int before) => before == 0 ? device : $"{device}-{before + 1}";

    private static UnifiedModel Load(NodeOptions options, string device, int threads, long cacheBytes) => UnifiedModelLoader.Load(
        options.ModelDirectory, device, (ulong)options.Seed, EncoderOptions.For(torch.device(device), threads),
        generation: new GenerationOptions { CacheBytes = cacheBytes }, type: options.WeightType);
}
