using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Bench.Restart;

/// <summary>A store with many documents of the model that will be served, written as a node writes them; their vectors are drawn.</summary>
internal static class FilledStore
{
    private const int Parts = 2;
    private const int Words = 100;
    private const int Range = 250;

    private static readonly LogPartition Log = new("fill", "fill", "fill", 0);

    /// <summary>Writes what is missing, and builds the indexes.</summary>
    /// <returns>How to look at it past the program.</returns>
    public static async Task<string> EnsureAsync(string folder, string model, int documents)
    {
        var (fingerprint, dimension) = Identify(model);
        var options = new StoreOptions { Embedded = new EmbeddedPostgresOptions { DataFolder = Path.Combine(folder, "pg") } };
        var began = Stopwatch.GetTimestamp();
        // Indexes afterwards and at once: so a first load is cheapest.
        await using (var store = await Store.OpenAsync(options with { HnswFromVectors = long.MaxValue / 2 }))
            await FillAsync(await store.OpenIngestAsync(fingerprint, dimension), documents, dimension);
        Console.Error.WriteLine($"{documents} documents written, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
        await using (var store = await Store.OpenAsync(options))
        {
            await store.OpenIngestAsync(fingerprint, dimension);
            await store.VectorIndex!.BuildIfDueAsync(CancellationToken.None);
            var status = await store.Status.ReadAsync(CancellationToken.None);
            Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: {status.DatabaseBytes >> 20} MB, {status.Index}");
            return store.Embedded!.AdminConnectionString;
        }
    }

    private static (string Fingerprint, int Dimension) Identify(string folder)
    {
        using var model = UnifiedModelLoader.Load(folder, "cpu", seed: 1);
        return (model.Encoder.Fingerprint, model.Encoder.Dimension);
    }

    private static async Task FillAsync(IngestStore ingest, int documents, int dimension)
    {
        var lease = await ingest.AcquireAsync(Log, "bench", CancellationToken.None);
        for (var next = lease.NextOffset ?? 0; next < documents;)
        {
            var end = Math.Min(next + Range, documents);
            RecordOutcome[] range = [.. Enumerable.Range((int)next, (int)(end - next)).Select(number => Make(number, dimension))];
            await ingest.WriteAsync(lease, next, end, range, CancellationToken.None);
            next = end;
        }
    }

    private static DocumentUpsert Make(int number, int dimension)
    {
        var random = new Random(number);
        var vectors = new float[(Parts + 1) * dimension];
        for (var row = 0; row <= Parts; row++)
            Draw(random, vectors.AsSpan(row * dimension, dimension));
        var text = string.Join(' ', Enumerable.Range(0, Words).Select(_ => $"w{random.Next(5000):x}"));
        var document = new InterleavedDocument { Id = string.Create(CultureInfo.InvariantCulture, $"{number:x8}"), Language = "en", Parts = [new TextPart(text)] };
        var embedding = new SequenceEmbedding(
            dimension, [.. Enumerable.Range(0, Parts).Select(static p => new EmbeddedPart(0, PartKind.Text, p, 1))],
            vectors.AsMemory(0, Parts * dimension), vectors.AsMemory(Parts * dimension));
        return new DocumentUpsert(number, document, DocumentVersion.Explicit(1), SHA256.HashData(BitConverter.GetBytes(number)), embedding, []);
    }

    /// <summary>A direction of its own: the hardest case for an index, which a restart does not search.</summary>
    private static void Draw(Random random, Span<float> vector)
    {
        var norm = 0f;
        foreach (ref var value in vector)
        {
            value = random.NextSingle() - 0.5f;
            norm += value * value;
        }

        foreach (ref var value in vector)
            value /= MathF.Sqrt(norm);
    }
}
