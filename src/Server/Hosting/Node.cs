using System.Diagnostics;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The composition root: one store, one model on the node's devices, the query actors over both. Commands add what they need.</summary>
internal sealed class Node : IAsyncDisposable
{
    /// <summary>Parts of the largest batch that are a single word.</summary>
    private const int SmallParts = 1024;

    private const long DefaultRequestBytes = 512L << 20;

    /// <summary>Bytes of objects that a part's vector comes with.</summary>
    private const int PartOverhead = 256;

    private static readonly TimeSpan ActorStopTime = TimeSpan.FromSeconds(10);

    private readonly ActorSystem actors;
    private readonly PictureBounds? pictures;
    private readonly MemoryGuard? guard;
    private PictureFetcher? fetcher;

    private Node(NodeOptions options, ILoggerFactory loggers, ActorSystem actors, Store store, NodeDevices devices, MemoryPlan? plan, StartTimes times)
    {
        var model = devices.Model;
        Times = times;
        Plan = plan;
        guard = plan is null ? null : new MemoryGuard(plan.Mark, TimeProvider.System);
        RequestBytes = new Budget("request bytes", plan?.RequestBytes ?? DefaultRequestBytes);
        pictures = plan is null ? null : new PictureBounds(PictureBytes(model), plan.PixelBytes, plan.DecodeBytes);
        Preparer = pictures is null ? model.Preparer : new BoundedPreparer(model.Preparer, pictures);
        Prompts = pictures is null ? model.Prompts : new BoundedPromptBuilder(model.Prompts, pictures);

        this.actors = actors;
        Options = options;
        Loggers = loggers;
        Store = store;
        Devices = devices;
        Model = model;
        Info = devices.Info;
    }

    public NodeOptions Options { get; }

    public ILoggerFactory Loggers { get; }

    public Store Store { get; }

    public NodeDevices Devices { get; }

    /// <summary>Its weightless parts; the weights belong to the devices' threads.</summary>
    public ModelParts Model { get; }

    public DeviceInfo Info { get; }

    /// <summary>Null: no limit was set.</summary>
    public MemoryPlan? Plan { get; }

    /// <summary>What its start took, and where.</summary>
    public StartTimes Times { get; }

    /// <summary>Who it is, where it takes a lease.</summary>
    public string Owner { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Bodies of requests that are being read or answered.</summary>
    public Budget RequestBytes { get; }

    private IDocumentPreparer Preparer { get; }

    private IPromptBuilder Prompts { get; }

    /// <summary>Ends when an actor at the top has failed for good.</summary>
    public Task<Exception> WhenFailed => actors.WhenFailed;

    /// <summary>Opens the store and loads the model, side by side.</summary>
    public static async Task<Node> StartAsync(NodeOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var (begun, runtime) = (Stopwatch.GetTimestamp(), StartTimes.ProcessAge);
        // Before the first tensor. Without it a tenth of the encoder's processor time goes into mapping and clearing the same pages anew.
        torch.memory.tune(keep_all: options.MemoryLimit == 0);
        var actors = new ActorSystem("uvlm", loggers);
        var opening = Store.OpenAsync(StoreCommand.Options(options.Database, options.DataDirectory), loggers, cancellationToken);
        var opened = opening.ContinueWith(_ => Stopwatch.GetElapsedTime(begun), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            var devices = await NodeDevices.StartAsync(options, CacheBytes(options), actors, loggers, cancellationToken);
            var loaded = Stopwatch.GetElapsedTime(begun);
            var store = await opening;
            var plan = options.MemoryLimit == 0 ? null : await PlanAsync(options, devices, cancellationToken);
            return new Node(plan is null ? options : options with { Limits = plan.Documents }, loggers, actors, store, devices, plan, new StartTimes(runtime, await opened, loaded));
        }
        catch
        {
            await actors.TerminateAsync(ActorStopTime);
            await actors.DisposeAsync();
            await CloseQuietlyAsync(opening);
            throw;
        }
    }

    public Task<IngestStore> OpenIngestAsync(CancellationToken cancellationToken)
        => Store.OpenIngestAsync(Info.Fingerprint, Info.Dimension, cancellationToken);

    public async Task<QueryService> StartQueriesAsync(CancellationToken cancellationToken)
        => StartQueries(await Store.OpenSearchAsync(Info.Fingerprint, Info.Dimension, cancellationToken));

    /// <summary>Over the generation that the store searches, which is of this node's model.</summary>
    public QueryService StartQueries(ISearchStore search) => QueryService.Start(actors, "query", Preparer, Prompts, Devices.Pool, search, QueryOptions());

    /// <param name="rate">Documents a second; 0 for as many as go.</param>
    public IndexFill CreateFill(GenerationFiller filler, int rate) => new(
        filler, Preparer, Devices.Pool, PictureBytes(Model), new Budget("pixel bytes of filling", Plan?.PixelBytes ?? Options.PixelBudget), rate, TimeProvider.System);

    /// <summary>How its searches put their lists together.</summary>
    public QueryOptions Ranking => QueryOptions();

    private QueryOptions QueryOptions() => new()
    {
        ModelName = Options.ModelName,
        AlignmentThreads = Options.Threads,
        SearchBudget = Options.SearchBudget,
        Actors = Plan?.Questions ?? new QueryOptions().Actors,
        PictureBytes = PictureBytes(Model),
        PixelBudget = Plan is null ? new QueryOptions().PixelBudget : Math.Max(Plan.QuestionPixelBytes, PictureBytes(Model)),
        CandidateBytes = Math.Min(new QueryOptions().CandidateBytes, Plan?.CandidateBytes ?? long.MaxValue),
        DocumentCharacters = Math.Min(new QueryOptions().DocumentCharacters, Plan?.DocumentCharacters ?? long.MaxValue),
        Adapters = Model.AdapterNames,
        EncodingAdapter = Model.Settings.EncodingAdapter,
        Weights = new FusionWeights(Model.Ranking.PartWeight, Model.Ranking.DocumentWeight, Model.Ranking.AlignmentWeight),
        MinSimilarity = Model.Ranking.MinSimilarity,

        // Characters for tokens of context, two to one: at some 3.5 characters a token five passages leave a quarter of it.
        PassageLength = Math.Max(1, Model.Config.LmMaxPositions / 2),
    };

    /// <summary>Tells the store what processes that died had in work, and begins this one's own diary.</summary>
    /// <returns>Null where the data folder can't be written to.</returns>
    public Task<WorkDiary?> OpenDiaryAsync(CancellationToken cancellationToken) => WorkDiary.OpenAsync(
        Path.Combine(Options.DataDirectory, "in-work"), PipelineOptions().MaxRecordsInFlight, Store.Suspects.ReportAsync, Loggers.CreateLogger<WorkDiary>(), cancellationToken);

    /// <summary>Once.</summary>
    /// <param name="diary">The caller's to dispose of, after the pipeline.</param>
    /// <param name="fetch">From where pictures by address are fetched; null refuses them.</param>
    /// <param name="pictureRoot">Local records may name pictures below it; null refuses paths.</param>
    public IngestPipeline CreatePipeline(IIngestStore store, WorkDiary? diary, FetchOptions? fetch, string? pictureRoot = null)
    {
        fetcher = fetch is null ? null : new PictureFetcher(fetch, Options.Limits, Loggers.CreateLogger<PictureFetcher>());
        var reading = new DocumentReadOptions { Limits = Options.Limits, AllowBlobs = true, AllowUrls = fetch is not null };
        var decoder = new RecordDecoder(reading, pictureRoot is null ? null : new ImageFileResolver(pictureRoot, Options.Limits));
        return new IngestPipeline(
            store, Devices.Pool, Preparer, decoder, PipelineOptions(), Loggers.CreateLogger<IngestPipeline>(), diary, pictures: new RemotePictures(Store.Blobs, fetcher, Options.Limits));
    }

    private IngestPipelineOptions PipelineOptions()
    {
        var settings = new IngestPipelineOptions
        {
            MaxPixelBytes = Options.PixelBudget,
            DecodeParallelism = Options.Threads,
            VectorBytesPerPart = (Info.Dimension * (sizeof(float) + sizeof(ushort))) + PartOverhead,
        };
        return Plan?.Apply(settings) ?? settings;
    }

    public async ValueTask DisposeAsync()
    {
        guard?.Dispose();
        Devices.Dispose();
        await actors.TerminateAsync(ActorStopTime);
        await actors.DisposeAsync();
        fetcher?.Dispose();
        await Store.DisposeAsync();
        pictures?.Dispose();
    }

    /// <summary>Shares out what the limit leaves beside a node that has done its largest batch once, and holds the runtime to it.</summary>
    private static async Task<MemoryPlan> PlanAsync(NodeOptions options, NodeDevices devices, CancellationToken cancellationToken)
    {
        var picture = new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(2, 2, new byte[12]))));
        var text = new TextPart(string.Concat(Enumerable.Repeat("water ", options.BatchTokens)));
        var pictures = Enumerable.Repeat<DocumentPart>(picture, options.Threads * new EncoderOptions().PicturesPerPass);
        var words = Enumerable.Repeat<DocumentPart>(new TextPart("water"), SmallParts);
        var prepared = devices.Model.Preparer.Prepare(new InterleavedDocument { Id = "largest batch", Parts = [.. pictures, .. words, text] }, cancellationToken);
        using (prepared)
            await Task.WhenAll(devices.Local.Select(device => device.EncodeAsync(prepared, EncodePriority.Ingest, cancellationToken)));
        var plan = new MemoryPlan(options.MemoryLimit, ProcessMemory.Peak, devices.Local.Sum(static device => device.Status.Cache.Bytes)).Check();
        AppContext.SetData("GCHeapHardLimit", plan.HeapBytes(GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes));
        GC.RefreshMemoryLimit();
        return plan;
    }

    private static long PictureBytes(ModelParts model) => 3L * model.Config.VitImageSize * model.Config.VitImageSize * sizeof(float);

    private static long CacheBytes(NodeOptions options) =>
        options.MemoryLimit == 0 ? options.CacheBytes : Math.Min(options.CacheBytes, MemoryPlan.CacheBytes(options.MemoryLimit));

    /// <summary>The failure that is being reported is the model's; the store's own would only hide it.</summary>
    private static async Task CloseQuietlyAsync(Task<Store> opening)
    {
        await opening.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (opening.IsCompletedSuccessfully)
            await (await opening).DisposeAsync();
    }
}
