using Npgsql;
using UnifiedVlm.Storage;

namespace UnifiedVlm.Bench.Queries;

/// <summary>What the statements of a search took in the server by themselves, as pg_stat_statements counts them: of the very executions whose search was timed.</summary>
internal sealed class StatementTimes(Store store) : IAsyncDisposable
{
    public const string Parts = "parts";
    public const string Documents = "documents";
    public const string Words = "words";
    public const string Vectors = "packed vectors";

    /// <summary>The statements that find candidates and fetch their vectors.</summary>
    public static readonly string[] Candidates = [Parts, Documents, Words, Vectors];

    private const string ReadSql = """
        SELECT CASE WHEN query LIKE '%.part_vector_1 v%' THEN 'parts' WHEN query LIKE '%.document_vector_1 v%' THEN 'documents'
            WHEN query LIKE '%search_words(%' THEN 'words' WHEN query LIKE '%.packed_1 p%' THEN 'packed vectors' ELSE 'others' END AS kind,
            sum(total_exec_time)
        FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'uvlm_app' GROUP BY kind
        """;

    private readonly NpgsqlDataSource admin = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);

    /// <returns>Milliseconds since the server's start, by kind.</returns>
    public async Task<Dictionary<string, double>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = admin.CreateCommand(ReadSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var times = new Dictionary<string, double>();
        while (await reader.ReadAsync(cancellationToken))
            times[reader.GetString(0)] = reader.GetDouble(1);
        return times;
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();
}
