using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Bench.Queries;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search.Filters;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Bench.Subscriptions;

/// <summary>The product's matcher over a real store: documents that wait are read, compared, filtered, aligned and finished; the subscriptions are in memory by then.</summary>
internal sealed class MatchBench(Store store, int subscriptions, int documents, int queryParts)
{
    public const int Dimension = 256;
    public const int DocumentParts = 16;

    private const string Fingerprint = "bench";
    private const int Warm = 64;

    private static readonly LogPartition Log = new("bench", "bench", "bench", 0);

    private readonly Random random = new(1);
    private int round;

    public async Task RunAsync(string name, float threshold)
    {
        var tenant = $"t{++round}";
        var embeddings = Enumerable.Range(0, documents + Warm).Select(_ => Random(DocumentParts)).ToArray();
        for (var i = 0; i < subscriptions; i++)
        {
            var near = embeddings[random.Next(embeddings.Length)];
            var saved = new NewSubscription(tenant, new InterleavedDocument { Id = "question", Parts = [new TextPart("query")] }, threshold)
            {
                Filter = i % 2 == 0 ? FilterText.Parse($"year >= {2000 + (i % 20)}") : null,
            };
            await store.Subscriptions.AddAsync(saved, Near(near), Fingerprint, CancellationToken.None);
        }

        await WriteAsync(tenant, embeddings);
        var compared = new List<double>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, l) => { if (instrument.Name == "uvlm.subscriptions.document.duration") l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => compared.Add(seconds * 1000));
        listener.Start();

        await using var eyes = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);
        var stream = await store.Outbox.OpenAsync(1, CancellationToken.None);
        await using (SubscriptionMatcher.Start(
            store, stream, "bench", Fingerprint, Dimension, static (_, _) => throw new InvalidOperationException("All have their vectors."), new SubscriptionOptions(),
            new QueryOptions { AlignmentThreads = 1 }, new LeasedWorkOptions(), NullLoggerFactory.Instance, TimeProvider.System))
        {
            while (await WaitingAsync(eyes) > documents)
                await Task.Delay(1);
            var (left, began, processor) = (await WaitingAsync(eyes), Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            while (await WaitingAsync(eyes) > 0)
                await Task.Delay(5);
            var each = Stopwatch.GetElapsedTime(began).TotalMilliseconds / left;
            var own = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / left;
            var times = compared.Skip(Warm).Order().ToArray();
            await using var count = eyes.CreateCommand($"SELECT count(*) FROM uvlm.outbox WHERE type = 'subscription.matched' AND tenant = '{tenant}'");
            Console.WriteLine(
                $"{name}: {each:F2} ms a document in all, {own:F2} ms of this process's processor time; of them comparing, filtering, aligning p50 {times[times.Length / 2]:F2}, p95 {times[(int)(times.Length * 0.95)]:F2}; "
                + $"{(long)(await count.ExecuteScalarAsync())! / (double)embeddings.Length:F1} events a document");
        }
    }

    private static async Task<long> WaitingAsync(NpgsqlDataSource eyes)
    {
        await using var command = eyes.CreateCommand("SELECT count(*) FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task WriteAsync(string tenant, SequenceEmbedding[] embeddings)
    {
        var ingest = await store.OpenIngestAsync(Fingerprint, Dimension);
        var lease = await ingest.AcquireAsync(Log, "bench", CancellationToken.None);
        var first = lease.NextOffset ?? 0;
        var outcomes = embeddings.Select((embedding, i) => (RecordOutcome)new DocumentUpsert(
            first + i,
            new InterleavedDocument
            {
                Tenant = tenant, Id = $"d{i}", Collection = "c", Language = "en", Metadata = new JsonObject { ["year"] = 2000 + (i % 25) },
                Parts = [.. Enumerable.Range(0, DocumentParts).Select(static p => new TextPart($"part {p}"))],
            },
            new DocumentVersion(1, DocumentVersion.ExplicitRule), SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}/{i}")), embedding, [])).ToArray();
        await ingest.WriteAsync(lease, first, first + outcomes.Length, outcomes, CancellationToken.None);
    }

    private SequenceEmbedding Random(int parts)
    {
        var vectors = new float[(parts + 1) * Dimension];
        for (var row = 0; row <= parts; row++)
            UnitVectors.Disturb(vectors.AsSpan(row * Dimension, Dimension), 1, random);
        return Sequence(vectors, parts);
    }

    /// <summary>A query that meets this document: its first parts, a cosine of some 0.8 away.</summary>
    private SequenceEmbedding Near(SequenceEmbedding document)
    {
        var vectors = new float[(queryParts + 1) * Dimension];
        document.PartVectors.Span[..(queryParts * Dimension)].CopyTo(vectors);
        document.DocumentVector.Span.CopyTo(vectors.AsSpan(queryParts * Dimension));
        for (var row = 0; row <= queryParts; row++)
            UnitVectors.Disturb(vectors.AsSpan(row * Dimension, Dimension), 0.75, random);
        return Sequence(vectors, queryParts);
    }

    private static SequenceEmbedding Sequence(float[] vectors, int parts) => new(
        Dimension, [.. Enumerable.Range(0, parts).Select(static p => new EmbeddedPart(p, PartKind.Text, 0, 1))], vectors.AsMemory(0, parts * Dimension), vectors.AsMemory(parts * Dimension));
}
