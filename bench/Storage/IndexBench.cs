using System.Globalization;
using System.Numerics;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Bench.Storage;

/// <summary>
/// What an exact search costs by the number of part vectors, and what an HNSW index costs and finds by its parameters. Searches are the product's
/// statements in the product's transactions; vectors are inserted as a range's are.
/// </summary>
internal sealed class IndexBench(Store store, int generation)
{
    private const string Tenant = "default";
    private const int PartsOfDocument = 10;
    private const int Candidates = 200;
    private const int RowsOfInsert = 500;
    private const int Nearest = 10;
    private const int EfSearch = 100;

    private const string InsertSql = """
        INSERT INTO uvlm.part_vector_{g} (tenant, id, part, collection, embedding)
        SELECT * FROM unnest(@tenants, @ids, @parts, @collections, @vectors)
        """;

    private readonly NpgsqlDataSource admin = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);
    private int rows;

    public async Task ExactAsync(VectorSet set, IReadOnlyList<int> sizes)
    {
        Console.WriteLine($"exact search, {set.Stored[0].Length} dimensions: ms of the backend's processor time, p50 / p95 of {set.Queries.Length} questions");
        Console.WriteLine($"{"part vectors",14}{"1 part",16}{"3 parts",16}{"8 parts",16}{"documents",16}");
        foreach (var size in sizes)
        {
            await InsertAsync(set.Stored[rows..size]);
            await ExecuteAsync("ANALYZE uvlm.part_vector_{g}");
            await SearchAsync(set, (batch, query) => batch.AddPartsExactly(generation, new SearchScope(Tenant), [query], Candidates));
            var times = new List<string>();
            foreach (var parts in (int[])[1, 3, 8])
                times.Add(await SearchAsync(set, (batch, query) => batch.AddPartsExactly(generation, new SearchScope(Tenant), [.. Enumerable.Repeat(query, parts)], Candidates)));
            times.Add(await SearchAsync(set, (batch, query) => batch.AddPartsByIndex(generation, new SearchScope(Tenant), query, 2 * Candidates)));
            Console.WriteLine($"{size,14}{string.Concat(times.Select(static t => $"{t,16}"))}");
        }
    }

    /// <param name="built">Rows there when the index is built; the others of the set are inserted afterwards.</param>
    public async Task GraphsAsync(VectorSet set, int built, IReadOnlyList<HnswOptions> graphs)
    {
        var truth = Truth(set);
        Console.WriteLine($"HNSW over {built} vectors ({set.Name}), then {set.Stored.Length - built} inserted; ms of the backend's processor time a vector, share of the {Nearest} nearest of {set.Queries.Length} questions that are among 10 and, as the product asks, 400 found");
        Console.WriteLine($"{"m",4}{"ef_construction",17}{"build",9}{"insert",9}{"WAL KB",9}{"MB",7}{"of 10",10}{"ms p50/p95",14}{"of 400",10}{"ms p50/p95",14}");
        foreach (var hnsw in graphs)
        {
            await ExecuteAsync("DROP INDEX IF EXISTS uvlm.part_vector_{g}_hnsw; TRUNCATE uvlm.part_vector_{g}");
            rows = 0;
            await InsertAsync(set.Stored[..built]);
            var build = await BuildAsync(hnsw) / built;
            var log = await WalAsync();
            var insert = await InsertAsync(set.Stored[built..]) / (set.Stored.Length - built);
            log = (await WalAsync() - log) / 1024.0 / (set.Stored.Length - built);
            await ExecuteAsync("ANALYZE uvlm.part_vector_{g}");
            var megabytes = await ScalarAsync("SELECT pg_relation_size('uvlm.part_vector_{g}_hnsw') / 1048576.0");
            var line = string.Create(CultureInfo.InvariantCulture, $"{hnsw.M,4}{hnsw.EfConstruction,17}{build,9:F2}{insert,9:F2}{log,9:F1}{megabytes,7:F0}");
            foreach (var limit in (int[])[Nearest, 2 * Candidates])
            {
                var found = new List<HashSet<int>>();
                await SearchAsync(set, (batch, query) => batch.AddPartsByIndex(generation, new SearchScope(Tenant), query, limit));
                var times = await SearchAsync(set, (batch, query) => batch.AddPartsByIndex(generation, new SearchScope(Tenant), query, limit), found);
                var recall = found.Zip(truth).Average(static pair => pair.First.Count(pair.Second.Contains) / (double)pair.Second.Count);
                line += string.Create(CultureInfo.InvariantCulture, $"{recall,10:F3}{times,14}");
            }

            Console.WriteLine(line);
        }
    }

    /// <summary>The documents of the nearest parts, by looking at all of them, over what sixteen bits keep.</summary>
    private static List<HashSet<int>> Truth(VectorSet set)
    {
        var stored = set.Stored.Select(Narrow).ToArray();
        return [.. set.Queries.AsParallel().AsOrdered().Select(Narrow).Select(query => stored
            .Select((vector, row) => (Row: row, Product: Dot(query, vector)))
            .OrderByDescending(static p => p.Product).Take(Nearest).Select(static p => p.Row / PartsOfDocument).ToHashSet())];
    }

    private static float[] Narrow(float[] vector) => [.. vector.Select(static v => (float)(Half)v)];

    private static float Dot(float[] a, float[] b)
    {
        var sum = Vector<float>.Zero;
        for (var i = 0; i < a.Length; i += Vector<float>.Count)
            sum += new Vector<float>(a, i) * new Vector<float>(b, i);
        return Vector.Sum(sum);
    }

    /// <returns>Milliseconds of the backend's processor time.</returns>
    private async Task<double> InsertAsync(float[][] vectors)
    {
        await using var connection = await store.Sources.Ingest.OpenConnectionAsync();
        var before = BackendTime(connection.ProcessID);
        foreach (var chunk in vectors.Chunk(RowsOfInsert))
        {
            await using var batch = new NpgsqlBatch(connection);
            var numbers = Enumerable.Range(rows, chunk.Length).ToArray();
            batch.Add(GenerationTables.For(InsertSql, generation))
                .With("tenants", numbers.Select(static _ => Tenant)).With("ids", numbers.Select(static n => Id(n / PartsOfDocument)))
                .With("parts", numbers.Select(static n => n % PartsOfDocument)).With("collections", numbers.Select(static _ => "bench"))
                .With("vectors", chunk.Select(static v => HalfVector.From(v)));
            await batch.ExecuteNonQueryAsync();
            rows += chunk.Length;
        }

        return BackendTime(connection.ProcessID) - before;
    }

    private async Task<double> BuildAsync(HnswOptions hnsw)
    {
        await using var connection = await admin.OpenConnectionAsync();
        await using (var alone = new NpgsqlCommand("SET max_parallel_maintenance_workers = 0", connection))
            await alone.ExecuteNonQueryAsync();
        var before = BackendTime(connection.ProcessID);
        await using var build = new NpgsqlCommand(GenerationTables.CreateIndex(GenerationTables.For(GenerationTables.PartVectors, generation), hnsw), connection) { CommandTimeout = 0 };
        await build.ExecuteNonQueryAsync();
        return BackendTime(connection.ProcessID) - before;
    }

    /// <returns>Milliseconds of the backend's processor time, p50 and p95: what a searcher without company waits.</returns>
    private async Task<string> SearchAsync(VectorSet set, Action<NpgsqlBatch, HalfVector> add, List<HashSet<int>>? found = null)
    {
        var times = new List<double>();
        foreach (var vector in set.Queries)
        {
            await using var transaction = await TenantTransaction.OpenAsync(store.Sources.App, Tenant, CancellationToken.None);
            await using var batch = transaction.Batch(EfSearch);
            add(batch, HalfVector.From(vector));
            var begin = BackendTime(transaction.Connection.ProcessID);
            var ids = new HashSet<int>();
            await using (var reader = await batch.ExecuteReaderAsync())
            {
                await reader.NextResultAsync();
                while (await reader.ReadAsync())
                    ids.Add(int.Parse(reader.GetString(0), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }

            times.Add(BackendTime(transaction.Connection.ProcessID) - begin);
            found?.Add(ids);
        }

        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:F1} / {times[times.Count * 95 / 100]:F1}");
    }

    private static string Id(int document) => document.ToString("x8", CultureInfo.InvariantCulture);

    /// <returns>Milliseconds on a processor since its start, in nanoseconds' resolution: what else the machine does hardly shows.</returns>
    private static double BackendTime(int process)
        => long.Parse(File.ReadAllText($"/proc/{process}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e6;

    private Task<double> WalAsync() => ScalarAsync("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");

    private async Task ExecuteAsync(string sql)
    {
        await using var command = admin.CreateCommand(GenerationTables.For(sql, generation));
        await command.ExecuteNonQueryAsync();
    }

    private async Task<double> ScalarAsync(string sql)
    {
        await using var command = admin.CreateCommand(GenerationTables.For(sql, generation));
        return Convert.ToDouble(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
