using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>
/// Reads the whole store page by page and says what in it does not agree. One snapshot, so that what nodes write meanwhile is no finding; it keeps vacuum
/// from removing what was deleted since, for as long as it takes. Memory does not grow with the store.
/// </summary>
public sealed class StoreVerifier
{
    private const string GenerationsSql = "SELECT id, fingerprint, dimension, state, filled_at IS NOT NULL FROM uvlm.index_generation ORDER BY state <> 'live', id";
    private const string CountsSql = "SELECT (SELECT count(*) FROM uvlm.document), (SELECT count(*) FROM uvlm.blob), (SELECT count(*) FROM uvlm.outbox)";

    private static readonly TimeSpan RetryWindow = TimeSpan.FromSeconds(30);

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly RetryPolicy _retry;

    internal StoreVerifier(DataSources sources, StoreOptions options, ILogger<StoreVerifier> logger)
    {
        _sources = sources;
        _options = options;
        _retry = new RetryPolicy(sources, RetryWindow, logger);
    }

    /// <summary>Goes through everything once.</summary>
    /// <param name="repair">Mends what can be mended, each in a short transaction of its own that looks at it again under the writers' locks.</param>
    /// <param name="report">Called for each finding as it is met.</param>
    /// <exception cref="Npgsql.NpgsqlException">The database is away, or can't read a table.</exception>
    public async Task<VerifySummary> RunAsync(bool repair, Action<Finding> report, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        var pass = new Pass(this, connection, repair, report, progress);
        await pass.RunAsync(cancellationToken).ConfigureAwait(false);
        return pass.Summary;
    }

    /// <summary>One run.</summary>
    private sealed class Pass(StoreVerifier store, NpgsqlConnection connection, bool repair, Action<Finding> report, IProgress<VerifyProgress>? progress)
    {
        private readonly PositionCheck _positions = new();
        private long _documents;
        private long _vectors;
        private long _pictures;
        private long _events;
        private long _wrong;
        private long _left;
        private long _garbage;
        private long _garbageBytes;

        public VerifySummary Summary => new(_documents, _vectors, _pictures, _events, _positions.Count, _wrong, _left, _garbage, _garbageBytes);

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            var (documents, pictures, events) = await CountAsync(cancellationToken).ConfigureAwait(false);
            foreach (var finding in await _positions.ReadAsync(connection, cancellationToken).ConfigureAwait(false))
                Report(finding);
            var generations = await ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
            // A unique index sees to it that there is one at most.
            var live = generations.Find(static g => g.IsLive);
            foreach (var generation in generations)
                await CheckDocumentsAsync(generation, documents, cancellationToken).ConfigureAwait(false);
            if (live is null && documents > 0)
                Report(new Finding(FindingKind.Generation, null, null, "no index generation is live", "restore from a backup"));
            foreach (var finding in _positions.Judge())
                Report(finding);
            await CheckPicturesAsync(live?.Generation, pictures, cancellationToken).ConfigureAwait(false);
            await CheckEventsAsync(events, cancellationToken).ConfigureAwait(false);
        }

        private async Task CheckDocumentsAsync(GenerationFacts generation, long of, CancellationToken cancellationToken)
        {
            var step = generation.IsLive ? "documents" : GenerationTables.For("documents of generation {g}", generation.Generation.Id);
            var done = 0L;
            var mender = new DocumentRepair(store._sources, store._options, generation);
            var after = new DocumentKey("", "");
            while (true)
            {
                var keys = await DocumentTables.NextAsync(connection, generation.Generation.Id, after, cancellationToken).ConfigureAwait(false);
                if (keys.Count == 0)
                    return;
                foreach (var state in await DocumentTables.ReadAsync(connection, generation.Generation.Id, keys, cancellationToken).ConfigureAwait(false))
                {
                    done += state.Document is null ? 0 : 1;
                    if (generation.IsLive && state.Document is { } document)
                    {
                        _documents++;
                        _positions.Take(state.Key, document);
                    }
                    _vectors += state.PartVectors + state.DocumentVectors;
                    IReadOnlyList<Finding> findings = DocumentJudge.Judge(state, generation);
                    if (repair && findings.Count > 0)
                        findings = await store._retry.RunAsync("Repairing a document", token => mender.RunAsync(state.Key, findings, token), cancellationToken).ConfigureAwait(false);
                    foreach (var finding in findings)
                        Report(finding);
                }
                progress?.Report(new VerifyProgress(step, done, of));
                after = keys[^1];
            }
        }

        private async Task CheckPicturesAsync(IndexGeneration? live, long of, CancellationToken cancellationToken)
        {
            var mender = live is null ? null : new PictureRepair(store._sources, store._options, live);
            StoredBlob? after = null;
            while (true)
            {
                var page = await PictureCheck.NextAsync(connection, after, cancellationToken).ConfigureAwait(false);
                if (page.Count == 0)
                    return;
                foreach (var blob in page)
                {
                    if (PictureCheck.Judge(blob) is not { } finding)
                        continue;
                    if (finding.Kind == FindingKind.Garbage)
                        _garbageBytes += blob.Bytes;
                    else if (repair && mender is not null)
                        finding = await store._retry.RunAsync("Repairing a picture", token => mender.RunAsync(blob, finding, token), cancellationToken).ConfigureAwait(false);
                    Report(finding);
                }
                _pictures += page.Count;
                progress?.Report(new VerifyProgress("pictures", _pictures, of));
                after = page[^1];
            }
        }

        private async Task CheckEventsAsync(long of, CancellationToken cancellationToken)
        {
            for (var after = 0L; ;)
            {
                var (findings, end, count) = await EventCheck.NextAsync(connection, after, cancellationToken).ConfigureAwait(false);
                if (end is null)
                    return;
                foreach (var finding in findings)
                {
                    Report(!repair ? finding : await store._retry.RunAsync("Repairing a sequence",
                        token => EventCheck.RepairAsync(store._sources, store._options, finding, token), cancellationToken).ConfigureAwait(false));
                }
                _events += count;
                progress?.Report(new VerifyProgress("events", _events, of));
                after = end.Value;
            }
        }

        private void Report(Finding finding)
        {
            if (finding.Kind == FindingKind.Garbage)
                _garbage++;
            else
                _wrong++;
            if (!finding.IsSettled)
                _left++;
            report(finding);
        }

        private async Task<(long Documents, long Pictures, long Events)> CountAsync(CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand(CountsSql, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        }

        /// <summary>The live one first.</summary>
        private async Task<List<GenerationFacts>> ReadGenerationsAsync(CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand(GenerationsSql, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var generations = new List<GenerationFacts>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var state = Enum.Parse<GenerationState>(reader.GetString(3), ignoreCase: true);
                generations.Add(new GenerationFacts(new IndexGeneration(reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), state), reader.GetBoolean(4)));
            }
            return generations;
        }
    }
}
