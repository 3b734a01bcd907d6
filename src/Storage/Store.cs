using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Storage.Blobs;
using UnifiedVlm.Storage.Care.Erasure;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.Care.Words;
using UnifiedVlm.Storage.Catalog;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Storage.Schema;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Search.Recall;
using UnifiedVlm.Storage.Status;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Storage;

/// <summary>An opened database with the schema of this program: the door to everything in it.</summary>
public sealed class Store : IAsyncDisposable
{
    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly StoppedClients _stopped;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, BackgroundWork> _background = [];

    private Store(DataSources sources, StoreOptions options, ILoggerFactory loggers, EmbeddedPostgres? embedded)
    {
        _sources = sources;
        _options = options;
        _loggers = loggers;
        Embedded = embedded;
        Generations = new IndexGenerations(sources, options, loggers.CreateLogger<IndexGenerations>());
        DeadLetters = new DeadLetterStore(sources, options.ReadRetryWindow, loggers.CreateLogger<DeadLetterStore>());
        Replays = new ReplayLog(sources, options.WriteRetryWindow, loggers.CreateLogger<ReplayLog>());
        Inbox = new InboxStore(sources, options.ReadRetryWindow, options.WriteRetryWindow, loggers.CreateLogger<InboxStore>());
        Blobs = new BlobStore(sources, options.ReadRetryWindow, loggers.CreateLogger<BlobStore>());
        BlobSweep = new BlobSweep(sources, loggers.CreateLogger<BlobSweep>());
        Status = new StatusReader(sources);
        Versions = new VersionReader(sources);
        Catalog = new DocumentCatalog(sources, options.ReadRetryWindow, loggers.CreateLogger<DocumentCatalog>());
        Suspects = new SuspectStore(sources, new RetryPolicy(sources, options.WriteRetryWindow, loggers.CreateLogger<SuspectStore>()));
        Verifier = new StoreVerifier(sources, options, loggers.CreateLogger<StoreVerifier>());
        Eraser = new Eraser(sources, options, loggers.CreateLogger<Eraser>());
        Retention = new RetentionReader(sources);
        Keys = new ApiKeyStore(sources, options.ReadRetryWindow, loggers.CreateLogger<ApiKeyStore>());
        Members = new MemberStore(sources, options.ReadRetryWindow, loggers.CreateLogger<MemberStore>());
        _stopped = new StoppedClients(sources, options, loggers.CreateLogger<StoppedClients>());
        Leases = new LeaseStore(sources, options, _stopped, loggers.CreateLogger<LeaseStore>());
        Outbox = new OutboxStore(sources, options, loggers.CreateLogger<OutboxStore>());
        Subscriptions = new SubscriptionStore(sources, options);
    }

    /// <summary>The private cluster, when no connection string was given.</summary>
    public EmbeddedPostgres? Embedded { get; }

    public IndexGenerations Generations { get; }

    public DeadLetterStore DeadLetters { get; }

    /// <summary>The dead letters that are to be ingested again.</summary>
    public ReplayLog Replays { get; }

    public InboxStore Inbox { get; }

    public BlobStore Blobs { get; }

    public BlobSweep BlobSweep { get; }

    public StatusReader Status { get; }

    public VersionReader Versions { get; }

    public DocumentCatalog Catalog { get; }

    public SuspectStore Suspects { get; }

    public StoreVerifier Verifier { get; }

    public Eraser Eraser { get; }

    public RetentionReader Retention { get; }

    /// <summary>The keys of the HTTP interface.</summary>
    public ApiKeyStore Keys { get; }

    /// <summary>The nodes of the cluster.</summary>
    public MemberStore Members { get; }

    /// <summary>Who may do what alone.</summary>
    public LeaseStore Leases { get; }

    /// <summary>The events that wait to be published.</summary>
    public OutboxStore Outbox { get; }

    /// <summary>The saved queries that new documents are compared with.</summary>
    public SubscriptionStore Subscriptions { get; }

    /// <summary>Builds the indexes of the generation that is written to; null before <see cref="OpenIngestAsync"/>. The store looks after them by itself; who
    /// ends soon after a load may want to wait for them.</summary>
    public VectorIndexBuilder? VectorIndex { get; private set; }

    internal DataSources Sources => _sources;

    /// <summary>Connects, starting the private cluster where no connection string is given, and brings the schema up to date.</summary>
    /// <exception cref="EmbeddedPostgresException">The private cluster can't be started.</exception>
    /// <exception cref="SchemaException">The database can't be brought to this program's schema.</exception>
    public static async Task<Store> OpenAsync(StoreOptions options, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        loggers ??= NullLoggerFactory.Instance;
        var embedded = options.ConnectionString is null
            ? await EmbeddedPostgres.StartAsync(options.Embedded, loggers, cancellationToken).ConfigureAwait(false)
            : null;
        var connectionString = options.ConnectionString ?? embedded!.ConnectionString;
        NpgsqlDataSource? login = null;
        try
        {
            login = DataSources.CreateLogin(connectionString, options, loggers);
            await new Migrator(login, new MigratorOptions { IdleLimit = options.IdleTransactionLimit }, loggers.CreateLogger<Migrator>()).MigrateAsync(MigrationStep.All, cancellationToken).ConfigureAwait(false);
            var store = new Store(DataSources.Create(login, connectionString, options, loggers), options, loggers, embedded);
            if (embedded is not null)
                store.Keep<EmbeddedPostgres>("watch over the private PostgreSQL", embedded.ReviveAsync, options.Embedded.WatchInterval);
            return store;
        }
        catch
        {
            if (login is not null)
                await login.DisposeAsync().ConfigureAwait(false);
            if (embedded is not null)
                await embedded.StopIfUnusedAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The writing side, for the model that makes the vectors. Makes the first index generation, and looks after its indexes from now on.</summary>
    /// <param name="fingerprint">Names the model, adapter and head; see <see cref="IndexGeneration"/>.</param>
    /// <param name="dimension">D of its vectors.</param>
    /// <exception cref="IndexMismatchException">There is no index of this model to write to.</exception>
    public async Task<IngestStore> OpenIngestAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
    {
        var own = await Generations.EnsureAsync(fingerprint, dimension, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (VectorIndex is null)
            {
                VectorIndex = IndexBuilder(own);
                Keep<VectorIndexBuilder>("care of the vector index", VectorIndex.BuildIfDueAsync, _options.IndexCheckInterval);
            }
        }
        return CreateIngest(new IngestSettings(own, _options.LockTimeout, _options.IdleTransactionLimit));
    }

    /// <summary>The reading side, for the model that encodes the questions.</summary>
    /// <exception cref="IndexMismatchException">There is no index of this model to search.</exception>
    public async Task<SearchStore> OpenSearchAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
        => await OpenSearchAsync(await Generations.EnsureAsync(fingerprint, dimension, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>The reading side of one generation, also of one that is still being filled: for comparing.</summary>
    public async Task<SearchStore> OpenSearchAsync(IndexGeneration generation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generation);
        var hasHnsw = await Generations.HavePartsHnswAsync(generation.Id, cancellationToken).ConfigureAwait(false);
        return new SearchStore(_sources, generation, hasHnsw, _options, _loggers.CreateLogger<SearchStore>());
    }

    /// <summary>Takes the right to bring documents into a generation; given back when the filler is disposed of.</summary>
    /// <param name="owner">Who asks, for the operator.</param>
    /// <returns>Null: another program fills it.</returns>
    public async Task<GenerationFiller?> TryFillAsync(IndexGeneration generation, string owner, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generation);
        var logger = _loggers.CreateLogger<GenerationFiller>();
        return await Leases.TryTakeAsync(GenerationFiller.LeaseName(generation), owner, GenerationFiller.LeaseLifetime, cancellationToken).ConfigureAwait(false) is { } lease
            ? new GenerationFiller(
                _sources, _options, generation, new LeaseKeeper(Leases, lease, GenerationFiller.LeaseLifetime, endsUnheard: false, logger, TimeProvider.System), logger)
            : null;
    }

    /// <summary>Builds the indexes of a generation that this store does not write to.</summary>
    public VectorIndexBuilder IndexBuilder(IndexGeneration generation)
    {
        ArgumentNullException.ThrowIfNull(generation);
        return new VectorIndexBuilder(
            _sources, generation.Id, ExactSearch.Rows(_options.HnswFromVectors, generation.Dimension), _loggers.CreateLogger<VectorIndexBuilder>());
    }

    /// <summary>How the cluster stands, for the operator.</summary>
    public Task<ClusterSnapshot> ReadClusterAsync(TimeProvider time, CancellationToken cancellationToken = default) => ClusterReader.ReadAsync(_sources, time, cancellationToken);

    /// <summary>For measuring what the index of the live generation finds.</summary>
    /// <returns>Null: nothing was ever ingested.</returns>
    public async Task<RecallProbe?> OpenRecallAsync(string tenant, string? collection, CancellationToken cancellationToken = default)
    {
        var generations = await Generations.ListAsync(cancellationToken).ConfigureAwait(false);
        return generations.FirstOrDefault(static g => g.State == GenerationState.Live) is { } live ? new RecallProbe(_sources, live, tenant, collection) : null;
    }

    /// <summary>The documents that are to be compared with subscriptions, for the model that encodes them.</summary>
    public MatchLog OpenMatches(string fingerprint) => new(_sources, _options, fingerprint, _loggers.CreateLogger<MatchLog>());

    /// <summary>Removes what is old in the background, until it is disposed, which has to be before the store.</summary>
    public RetentionKeeper StartRetention(RetentionOptions options) => new(_sources, _options, options, _loggers.CreateLogger<RetentionKeeper>());

    /// <summary>Removes pictures that no document refers to from now on, until the store is closed: the work of a node that serves. Called again it changes nothing.</summary>
    /// <param name="keep">How long such a picture stays after it last came.</param>
    public void SweepBlobs(TimeSpan keep)
    {
        var interval = _options.BlobSweepInterval;
        Keep<BlobSweep>("sweep of pictures", token => BlobSweep.RunAsync(keep, interval, token), interval / BlobSweep.LooksPerInterval);
    }

    /// <summary>Makes words anew that earlier programs have stored, in the background until the store is closed: the work of a node that serves. Called again it changes nothing.</summary>
    public void UpgradeWords()
    {
        var upgrade = new WordsUpgrade(_sources, _loggers.CreateLogger<WordsUpgrade>());
        Keep<WordsUpgrade>("upgrade of words", upgrade.RunAsync, _options.WordsCheckInterval);
    }

    internal IngestStore CreateIngest(IngestSettings settings)
        => new(_sources, settings, _stopped, _options.WriteRetryWindow, _loggers.CreateLogger<IngestStore>());

    /// <summary>Closes the connections, and stops the private cluster if no other process uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        // All at once: with a server that does not answer each of them has its limit.
        await Task.WhenAll(_background.Values.Select(static work => work.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _sources.DisposeAsync().ConfigureAwait(false);
        if (Embedded is not null)
            await Embedded.StopIfUnusedAsync().ConfigureAwait(false);
    }

    /// <summary>Until the store is closed. What is kept already stays as it is.</summary>
    private void Keep<TWorker>(string what, Func<CancellationToken, Task> work, TimeSpan interval)
    {
        lock (_gate)
        {
            if (!_background.ContainsKey(what))
                _background.Add(what, new BackgroundWork(what, work, interval, _loggers.CreateLogger<TWorker>()));
        }
    }
}
