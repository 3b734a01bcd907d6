using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Storage;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Queries;

/// <summary>The model on its device, and query actors over it, composed as a node does it.</summary>
internal sealed class BenchEncoder : IAsyncDisposable
{
    private const int DocumentsAtOnce = 64;

    private readonly ActorSystem system;
    private readonly UnifiedModel model;
    private readonly DeviceClient device;
    private readonly int threads;

    private BenchEncoder(ActorSystem system, UnifiedModel model, DeviceClient device, DeviceInfo info, int threads)
    {
        this.system = system;
        this.model = model;
        this.device = device;
        this.threads = threads;
        Info = info;
    }

    public DeviceInfo Info { get; }

    public static async Task<BenchEncoder> StartAsync(string folder, int threads, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var system = new ActorSystem("bench", loggers);
        var model = UnifiedModelLoader.Load(folder, encoding: new EncoderOptions { ParallelPasses = threads });
        var device = DeviceClient.Start(system, "cpu", () => DeviceModel.Own(model), onThreadStart: () => torch.set_num_threads(threads));
        return new BenchEncoder(system, model, device, await device.Ready.WaitAsync(cancellationToken), threads);
    }

    public async Task<QueryService> StartQueriesAsync(Store store, CancellationToken cancellationToken) => QueryService.Start(
        system, "query", model.Preparer, model.Prompts, device, await store.OpenSearchAsync(Info.Fingerprint, Info.Dimension, cancellationToken), new QueryOptions
        {
            AlignmentThreads = threads,
            Weights = new(model.Ranking.PartWeight, model.Ranking.DocumentWeight, model.Ranking.AlignmentWeight),
        });

    /// <returns>In order.</returns>
    public async Task<SequenceEmbedding[]> EncodeAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        var encoded = new SequenceEmbedding[documents.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = DocumentsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, documents.Count, parallel, async (i, token) =>
        {
            using var prepared = model.Preparer.Prepare(documents[i], token);
            encoded[i] = await device.EncodeAsync(prepared, EncodePriority.Ingest, token);
        });
        return encoded;
    }

    public async ValueTask DisposeAsync()
    {
        await device.StopAsync();
        await system.DisposeAsync();
    }
}
