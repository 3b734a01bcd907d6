using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Component.Storage;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>Records that failed and are ingested again, through the pipeline into PostgreSQL; only the model is not real.</summary>
public sealed class ReplayTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string Documents = "SELECT id, body #>> '{0,text}', version, version_rule, source_topic, source_offset FROM uvlm.document ORDER BY id";
    private const string Letters = "SELECT document_id, topic, partition, log_offset, stage, replays, version, version_rule FROM uvlm.dead_letter ORDER BY id";
    private const string Queued = "SELECT count(*) FROM uvlm.replay";

    private readonly ConcurrentDictionary<string, bool> failing = new();
    private readonly FakeModel model = new();
    private readonly TestSource source = new();
    private readonly CancellationTokenSource stop = new();
    private IngestPipeline pipeline = null!;
    private Task running = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        model.OnPrepare = document =>
        {
            if (failing.ContainsKey(document.Id))
                throw new InvalidDataException($"{document.Id} can't be prepared now");
        };
        // All the letters of a test at once, so that how they are cut into transactions is the writer's doing alone.
        var options = new IngestPipelineOptions { Owner = "test", MaxRecordsInFlightPerPartition = 2048, WriteLinger = TimeSpan.FromMilliseconds(20) };
        pipeline = new IngestPipeline(Ingest, model, model, new RecordDecoder(DocumentReadOptions.Default), options, NullLogger.Instance);
        var leases = new LeaseTaker(Store.Leases, "test", new LeasedWorkOptions { Interval = TimeSpan.FromMilliseconds(20) }, NullLogger.Instance, TimeProvider.System);
        running = pipeline.RunAsync([source, new ReplaySource(new StoredReplays(Store.Replays), leases, TimeSpan.FromMilliseconds(20))], stop.Token);
    }

    public override async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Waiting.Limit);
        await pipeline.DisposeAsync();
        stop.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_record_older_than_what_is_stored_changes_nothing_and_another_gets_the_version_it_had()
    {
        var log = await source.OpenAsync(0);
        failing["x"] = failing["y"] = true;
        await log.PostAsync(Record(log, 0, "x", "old"), default);
        await log.PostAsync(Record(log, 1, "y", "why"), default);
        await log.PostAsync(Record(log, 2, "z", "zed"), default);
        await UntilAsync("SELECT count(*) = 2 FROM uvlm.dead_letter");
        failing.Clear();
        await log.PostAsync(Record(log, 3, "x", "new"), default);
        await UntilAsync("SELECT count(*) = 2 FROM uvlm.document");
        var before = await RowsAsync("SELECT xmin, id FROM uvlm.document WHERE id = 'x'");

        await ReplayAsync();

        Assert.Equal(
            ["x|new|3|kafka:log/topic|topic|3", "y|why|1|kafka:log/topic|topic|1", "z|zed|2|kafka:log/topic|topic|2"], await RowsAsync(Documents));
        Assert.Equal(before, await RowsAsync("SELECT xmin, id FROM uvlm.document WHERE id = 'x'"));
        Assert.Empty(await RowsAsync(Letters));
        // And the log goes on in its own rule.
        await log.PostAsync(Record(log, 4, "y", "why not"), default);
        await UntilAsync("SELECT version = 4 FROM uvlm.document WHERE id = 'y'");
        Assert.Empty(await RowsAsync(Letters));
    }

    [Fact]
    public async Task Explicit_versions_stay_and_the_newest_wins()
    {
        var log = await source.OpenAsync(0);
        failing["x"] = failing["y"] = true;
        await log.PostAsync(Record(log, 0, "x", "five", version: 5), default);
        await log.PostAsync(Record(log, 1, "y", "six", version: 6), default);
        await UntilAsync("SELECT count(*) = 2 FROM uvlm.dead_letter");
        failing.Clear();
        await log.PostAsync(Record(log, 2, "x", "seven", version: 7), default);
        await UntilAsync("SELECT count(*) = 1 FROM uvlm.document");

        await ReplayAsync();

        Assert.Equal(["x|seven|7|explicit|topic|2", "y|six|6|explicit|topic|1"], await RowsAsync(Documents));
        Assert.Empty(await RowsAsync(Letters));
    }

    [Fact]
    public async Task A_record_that_fails_again_keeps_its_origin_and_counts_and_ends_well_in_the_end()
    {
        var log = await source.OpenAsync(0);
        failing["x"] = true;
        var headers = (KeyValuePair<string, byte[]>[])[new("content-type", "application/json"u8.ToArray()), new("trace", [1, 2])];
        await log.PostAsync(Record(log, 4, "x", "text") with { Headers = headers }, default);
        await UntilAsync("SELECT count(*) = 1 FROM uvlm.dead_letter");
        var first = (await Store.DeadLetters.FindAsync(tenant: null, 1, CancellationToken.None)).Letter;

        for (var replays = 1; replays <= 2; replays++)
        {
            await ReplayAsync();
            Assert.Equal([$"x|topic|0|4|prepare|{replays}|4|kafka:log/topic"], await RowsAsync(Letters));
        }

        var again = (await Store.DeadLetters.FindAsync(tenant: null, 3, CancellationToken.None)).Letter;
        Assert.Equal(first.Payload.ToArray(), again.Payload.ToArray());
        Assert.Equal(first.Key.ToArray(), again.Key.ToArray());
        Assert.Equal(headers.Select(static h => (h.Key, Convert.ToHexString(h.Value))), again.Headers.Select(static h => (h.Key, Convert.ToHexString(h.Value))));
        Assert.Equal(
            ["0|4|0", "0|4|1", "0|4|2"],
            await RowsAsync("SELECT data ->> 'partition', data ->> 'offset', data ->> 'replays' FROM uvlm.outbox WHERE type = 'document.dead' ORDER BY id"));
        failing.Clear();
        await ReplayAsync();
        Assert.Equal(["x|text|4|kafka:log/topic|topic|4"], await RowsAsync(Documents));
        Assert.Empty(await RowsAsync(Letters));
    }

    [Fact]
    public async Task What_only_the_store_refuses_keeps_its_bytes_and_can_be_replayed_into_the_same_refusal()
    {
        var log = await source.OpenAsync(0);
        await log.PostAsync(Record(log, 0, "x", "one", version: 1), default);
        await log.PostAsync(Record(log, 1, "x", "two", version: 1), default);
        await log.PostAsync(Records.Raw(log, 2, null, key: "x") with { Headers = [new("version", "1"u8.ToArray())] }, default);
        await UntilAsync("SELECT count(*) = 2 FROM uvlm.dead_letter");
        var sent = await RowsAsync("SELECT encode(key, 'hex'), encode(payload, 'hex'), header_names, header_values, is_tombstone FROM uvlm.dead_letter ORDER BY id");
        Assert.EndsWith("|True", sent[1], StringComparison.Ordinal);

        await ReplayAsync();

        Assert.Equal(["x|topic|0|1|store|1|1|kafka:log/topic", "x|topic|0|2|store|1|2|kafka:log/topic"], await RowsAsync(Letters));
        Assert.Equal(sent, await RowsAsync("SELECT encode(key, 'hex'), encode(payload, 'hex'), header_names, header_values, is_tombstone FROM uvlm.dead_letter ORDER BY id"));
        Assert.Equal(["x|one|1|explicit|topic|0"], await RowsAsync(Documents));
    }

    [Fact]
    public async Task Many_replays_are_written_in_few_transactions()
    {
        const int letters = 1500;
        var log = await source.OpenAsync(0);
        for (var i = 0; i < letters; i++)
        {
            failing[$"d{i}"] = true;
            await log.PostAsync(Record(log, i, $"d{i}", $"text {i}"), default);
        }
        await UntilAsync($"SELECT count(*) = {letters} FROM uvlm.dead_letter");
        failing.Clear();
        // The first is held back until the others are encoded: then they are ready at once.
        model.OnEncode = async (id, token) =>
        {
            if (id == "d0")
                await Waiting.UntilAsync(() => model.Encoded == letters - 1, "the others are encoded").WaitAsync(token);
        };

        await ReplayAsync();

        Assert.Equal(letters, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE version = source_offset AND version_rule = 'kafka:log/topic'"));
        Assert.Equal(letters, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'document.indexed'"));
        Assert.InRange(await ScalarAsync<long>("SELECT count(DISTINCT xmin::text) FROM uvlm.document"), 1, 10);
    }

    [Fact]
    public async Task A_reader_that_loses_the_log_in_between_takes_it_back_and_nothing_is_lost_or_doubled()
    {
        const int letters = 200;
        var log = await source.OpenAsync(0);
        for (var i = 0; i < letters; i++)
        {
            failing[$"d{i}"] = true;
            await log.PostAsync(Record(log, i, $"d{i}", $"text {i}"), default);
        }
        await UntilAsync($"SELECT count(*) = {letters} FROM uvlm.dead_letter");
        failing.Clear();
        // Another reader takes the log while documents of it are in flight.
        var taken = false;
        model.OnEncode = async (id, token) =>
        {
            if (id == $"d{letters / 2}" && !Interlocked.Exchange(ref taken, true))
                await Ingest.AcquireAsync(ReplayLog.Partition, "another", token);
        };

        await ReplayAsync();

        Assert.True(taken);
        Assert.Equal(letters, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
        Assert.Equal(letters, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'document.indexed'"));
        Assert.Empty(await RowsAsync(Letters));
    }

    private static SourceRecord Record(IPartitionIntake log, long offset, string id, string text, long? version = null)
        => Records.Raw(log, offset, DocumentJson.Serialize(Records.Document(id, text, version: version)), id);

    /// <summary>Replays everything and waits until nothing is queued.</summary>
    private async Task ReplayAsync()
    {
        var receipt = await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), CancellationToken.None);
        Assert.True(receipt.Queued > 0);
        await UntilAsync($"SELECT ({Queued}) = 0");
    }

    private sealed class StoredReplays(ReplayLog log) : IReplays
    {
        public async Task<IReadOnlyList<ReplayedRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            var records = await log.ReadAsync(from - 1, maxCount, 1 << 20, cancellationToken);
            if (records.Count == 0)
                await timer.WaitForNextTickAsync(cancellationToken);
            return records;
        }
    }
}
