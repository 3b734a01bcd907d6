using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Rpc;

namespace UnifiedVlm.Bench.Encode;

/// <summary>A node without a device that has more documents than the others take.</summary>
internal static class Load
{
    /// <summary>Of a picture with a side of 224.</summary>
    public const int PictureValues = 3 * 224 * 224;

    private const int Tokens = 200;

    /// <summary>Batches in work or waiting for each node: what a pipeline has in flight is of this order.</summary>
    private const int BatchesInFlight = 4;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    /// <returns>Documents a second, and the sender's processor time for each.</returns>
    public static async Task<(double PerSecond, TimeSpan Processor)> MeasureAsync(int nodes, TimeSpan perBatch, int batch, int pictures, TimeSpan measured)
    {
        var processes = await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => LendingProcess.StartAsync(perBatch, batch)));
        using var pool = new DevicePool("borrowed", new PoolOptions(), TimeProvider.System, NullLogger<DevicePool>.Instance);
        var info = new DeviceInfo(NullModel.Name, NullModel.Width);
        var devices = processes.Select((process, i) => new RemoteDevice(
            $"node-{i}", process.Address, "bench", info, new RemoteOptions(), TimeProvider.System, NullLogger<RemoteDevice>.Instance)).ToList();
        devices.ForEach(pool.Add);
        using var stop = new CancellationTokenSource();
        var done = 0L;
        var senders = Enumerable.Range(0, nodes * batch * BatchesInFlight).Select(_ => Task.Run(SendAsync)).ToArray();

        await Task.Delay(WarmUp);
        var (begun, before, processor) = (Stopwatch.GetTimestamp(), Interlocked.Read(ref done), Environment.CpuUsage.TotalTime);
        await Task.Delay(measured);
        var (elapsed, count, used) = (Stopwatch.GetElapsedTime(begun), Interlocked.Read(ref done) - before, Environment.CpuUsage.TotalTime - processor);

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        foreach (var device in devices)
            await device.DisposeAsync();
        foreach (var process in processes)
            await process.DisposeAsync();
        return (count / elapsed.TotalSeconds, used / count);

        async Task SendAsync()
        {
            try
            {
                while (true)
                {
                    using var document = Document(pictures);
                    await pool.EncodeAsync(document, EncodePriority.Ingest, stop.Token);
                    Interlocked.Increment(ref done);
                }
            }
            catch (OperationCanceledException)
            {
                // Measured.
            }
        }
    }

    private static PreparedDocument Document(int pictures)
    {
        var values = pictures * PictureValues;
        var pixels = pictures == 0 ? null : ArrayPool<float>.Shared.Rent(values);
        return new PreparedDocument([new PreparedWindow(new int[Tokens], [], pixels, values, pictures)], []);
    }
}
