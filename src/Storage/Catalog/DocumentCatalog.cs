using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Catalog;

/// <summary>What a tenant has, for people who look through it: collections, documents in the order of their ids, and one document whole.</summary>
public sealed class DocumentCatalog
{
    private const string CollectionsSql = "SELECT name FROM uvlm.collection WHERE tenant = @tenant ORDER BY name";

    // Bounds rather than a pattern: they are a range of the index whatever the plan was made for.
    private const string PageSql = """
        SELECT id, version, title FROM uvlm.document
        WHERE tenant = @tenant AND collection = @collection AND NOT deleted AND id > @after AND id >= @first
        ORDER BY id LIMIT @max
        """;

    private const string PageBelowSql = """
        SELECT id, version, title FROM uvlm.document
        WHERE tenant = @tenant AND collection = @collection AND NOT deleted AND id > @after AND id >= @first AND id < @end
        ORDER BY id LIMIT @max
        """;

    private const string FindSql = """
        SELECT version, version_rule, updated_at, collection, title, language, time, metadata, body FROM uvlm.document
        WHERE tenant = @tenant AND id = @id AND NOT deleted
        """;

    private const string LengthSql = """
        SELECT octet_length(body::text)::bigint + coalesce(octet_length(metadata::text), 0) FROM uvlm.document
        WHERE tenant = @tenant AND id = @id AND NOT deleted
        """;

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;

    internal DocumentCatalog(DataSources sources, TimeSpan retryWindow, ILogger<DocumentCatalog> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>Names, in their order; also of collections that have become empty.</summary>
    public Task<IReadOnlyList<string>> ListCollectionsAsync(string tenant, CancellationToken cancellationToken)
        => ReadAsync("Listing collections", tenant, batch => batch.Add(CollectionsSql).With("tenant", tenant), static row => row.GetString(0), cancellationToken);

    /// <summary>A page of a collection's documents, in the order of their ids as UTF-8.</summary>
    /// <param name="prefix">What the ids begin with; empty for all.</param>
    /// <param name="after">The id that the page begins behind; empty for the first page.</param>
    /// <param name="limit">Documents at most.</param>
    public Task<IReadOnlyList<CatalogEntry>> ListAsync(
        string tenant, string collection, string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        var end = EndOf(prefix);
        return ReadAsync(
            "Listing documents",
            tenant,
            batch =>
            {
                var command = batch.Add(end is null ? PageSql : PageBelowSql)
                    .With("tenant", tenant).With("collection", collection).With("after", after).With("first", prefix).With("max", limit);
                if (end is not null)
                    command.With("end", end);
            },
            static row => new CatalogEntry(row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2)),
            cancellationToken);
    }

    /// <returns>Null where the tenant has no such document, or has deleted it.</returns>
    public async Task<StoredDocument?> FindAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            "Reading a document", tenant, batch => batch.Add(FindSql).With("tenant", tenant).With("id", id), row => ReadDocument(row, tenant, id), cancellationToken)
            .ConfigureAwait(false);
        return found.SingleOrDefault();
    }

    /// <summary>Bytes of its text, for who has to have room for it before it is read.</summary>
    /// <returns>Null likewise.</returns>
    public async Task<long?> FindLengthAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            "Looking for a document", tenant, batch => batch.Add(LengthSql).With("tenant", tenant).With("id", id), static row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false);
        return found is [var length] ? length : null;
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(
        string what, string tenant, Action<NpgsqlBatch> ask, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        => _retry.RunAsync<IReadOnlyList<T>>(what, async token =>
        {
            await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, token).ConfigureAwait(false);
            await using var batch = transaction.Batch();
            ask(batch);
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            await reader.NextResultAsync(token).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        }, cancellationToken);

    private static StoredDocument ReadDocument(NpgsqlDataReader row, string tenant, string id)
    {
        var version = row.GetInt64(0);
        return new StoredDocument(
            new InterleavedDocument
            {
                Tenant = tenant,
                Id = id,
                Version = row.GetString(1) == DocumentVersion.ExplicitRule ? version : null,
                Collection = row.GetString(3),
                Title = row.IsDBNull(4) ? null : row.GetString(4),
                Language = row.IsDBNull(5) ? null : row.GetString(5),
                Time = row.IsDBNull(6) ? null : new DateTimeOffset(row.GetDateTime(6), TimeSpan.Zero),
                Metadata = row.IsDBNull(7) ? null : JsonNode.Parse(row.GetString(7))!.AsObject(),
                Parts = DocumentBody.Read(row.GetString(8), static sha256 => new BlobImage(sha256)),
            },
            version,
            new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero));
    }

    /// <summary>The first id behind all that begin with the prefix; null where there is none. In UTF-8 the order of bytes is that of code points.</summary>
    private static string? EndOf(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes.Count > 0)
        {
            var last = runes[^1].Value;
            runes.RemoveAt(runes.Count - 1);
            if (last == 0x10FFFF)
                continue;
            // Behind the last character before the surrogates comes the first one after them.
            runes.Add(new Rune(last == 0xD7FF ? 0xE000 : last + 1));
            return string.Concat(runes);
        }

        return null;
    }
}
