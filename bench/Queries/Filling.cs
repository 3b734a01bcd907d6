using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Bench.Queries;

/// <summary>Fills a private PostgreSQL as the product writes, goes on where an earlier run stopped, and has the product build its indexes.</summary>
internal sealed partial class Filling(string folder, BenchEncoder encoder, ILoggerFactory loggers)
{
    private const int PartsOfDocument = 6;
    private const int DocumentsOfRange = 200;
    private const int DocumentsOfReport = 20_000;

    /// <summary>Counts what each statement takes in the server by itself; needs a restart.</summary>
    private const string CountStatementsSql = "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'";

    private const string VacuumSql = "VACUUM (ANALYZE) uvlm.document, uvlm.part_vector_1, uvlm.document_vector_1, uvlm.packed_1";

    private const string SizesSql = """
        SELECT relname, pg_size_pretty(pg_table_size(oid)), reltuples::bigint FROM pg_class
        WHERE relname IN ('document', 'document_tsv', 'part_vector_1', 'part_vector_1_hnsw', 'document_vector_1', 'document_vector_1_hnsw', 'packed_1') ORDER BY relname
        """;

    private static readonly LogPartition Log = new("bench", "bench", "bench", 0);
    private readonly ILogger logger = loggers.CreateLogger<Filling>();

    public async Task FillAsync(Manuals manuals, int passages, int documents, double noise, CancellationToken cancellationToken)
    {
        // No index before the last document is there: that is a first load, and the product's own threshold comes afterwards.
        await using var store = await Store.OpenAsync(Options() with { HnswFromVectors = int.MaxValue }, loggers, cancellationToken);
        await ExecuteAsync(store, CountStatementsSql);
        var ingest = await store.OpenIngestAsync(encoder.Info.Fingerprint, encoder.Info.Dimension, cancellationToken);
        var lease = await ingest.AcquireAsync(Log, "bench", cancellationToken);
        var first = lease.NextOffset ?? 0;
        if (first >= documents)
            return;
        var began = Stopwatch.GetTimestamp();
        var real = manuals.Passages(passages, PartsOfDocument);
        var corpus = new GrownCorpus(real, await encoder.EncodeAsync(real, cancellationToken), noise);
        LogEncoded(corpus.Passages, Stopwatch.GetElapsedTime(began).TotalSeconds);
        began = Stopwatch.GetTimestamp();
        for (var offset = first; offset < documents;)
        {
            var next = Math.Min(offset + DocumentsOfRange, documents);
            var range = Enumerable.Range((int)offset, (int)(next - offset)).AsParallel().AsOrdered().Select(at => (RecordOutcome)corpus.At(at)).ToArray();
            await ingest.WriteAsync(lease, offset, next, range, cancellationToken);
            offset = next;
            if (offset % DocumentsOfReport == 0)
                LogWritten(offset, documents, (offset - first) / Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        await ExecuteAsync(store, VacuumSql);
    }

    /// <returns>The store as a node opens it, its indexes built.</returns>
    public async Task<Store> OpenIndexedAsync(CancellationToken cancellationToken)
    {
        var store = await Store.OpenAsync(Options(), loggers, cancellationToken);
        await ExecuteAsync(store, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        await store.OpenIngestAsync(encoder.Info.Fingerprint, encoder.Info.Dimension, cancellationToken);
        await store.VectorIndex!.BuildIfDueAsync(cancellationToken);
        await using var admin = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);
        await using var command = admin.CreateCommand(SizesSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Console.WriteLine("| table or index | size | rows |\n|---|---|---|");
        while (await reader.ReadAsync(cancellationToken))
            Console.WriteLine(FormattableString.Invariant($"| {reader.GetString(0)} | {reader.GetString(1)} | {reader.GetInt64(2)} |"));
        Console.WriteLine();
        return store;
    }

    private StoreOptions Options() => new() { Embedded = new EmbeddedPostgresOptions { DataFolder = folder } };

    private static async Task ExecuteAsync(Store store, string sql)
    {
        await using var admin = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);
        await using var command = admin.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    [LoggerMessage(1, LogLevel.Information, "{Passages} passages encoded in {Seconds:F0} s")]
    private partial void LogEncoded(int passages, double seconds);

    [LoggerMessage(2, LogLevel.Information, "{Written} of {Documents} documents written, {Rate:F0} a second")]
    private partial void LogWritten(long written, int documents, double rate);
}
