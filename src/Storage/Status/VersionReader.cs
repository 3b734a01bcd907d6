using System.Runtime.CompilerServices;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Status;

/// <summary>Lists what a collection holds.</summary>
public sealed class VersionReader
{
    // Page by page by key: a slow caller holds no transaction open.
    private const string PageSql = """
        SELECT id, version, content_hash FROM uvlm.document
        WHERE tenant = @tenant AND collection = @collection AND NOT deleted AND id > @after
        ORDER BY id LIMIT @max
        """;

    private const string LogSql = """
        SELECT tenant, id, version, version_rule FROM uvlm.document
        WHERE source_log = @log AND source_topic = @topic AND NOT deleted
        """;

    private const int PageSize = 5000;

    private readonly DataSources _sources;

    internal VersionReader(DataSources sources) => _sources = sources;

    /// <summary>All documents of a collection, in key order.</summary>
    public async IAsyncEnumerable<StoredVersion> ListVersionsAsync(
        string tenant, string collection, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = "";
        while (true)
        {
            var page = await ReadPageAsync(tenant, collection, after, cancellationToken).ConfigureAwait(false);
            foreach (var version in page)
                yield return version;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Id;
        }
    }

    /// <summary>All tenants' documents whose last version came from a log. Reads the whole table: for once in a run.</summary>
    public async Task<IReadOnlyList<(string Tenant, string Id, DocumentVersion Version)>> ListLogAsync(string logId, string topic, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LogSql).With("log", logId).With("topic", topic);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var documents = new List<(string Tenant, string Id, DocumentVersion Version)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            documents.Add((reader.GetString(0), reader.GetString(1), new DocumentVersion(reader.GetInt64(2), reader.GetString(3))));
        return documents;
    }

    private async Task<List<StoredVersion>> ReadPageAsync(string tenant, string collection, string after, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(PageSql).With("tenant", tenant).With("collection", collection).With("after", after).With("max", PageSize);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var page = new List<StoredVersion>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            page.Add(new StoredVersion(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return page;
    }
}
