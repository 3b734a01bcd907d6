using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Blobs;

/// <summary>
/// Pictures by their content, once a tenant. What is uploaded here and what came within documents lies in the same table, so a document may name either.
/// </summary>
public sealed class BlobStore : IBlobReader
{
    // The bytes of what is there already need not travel. A row that the sweep is removing is waited for, and then found gone.
    private const string TouchSql = "UPDATE uvlm.blob SET touched_at = now() WHERE tenant = @tenant AND sha256 = @sha256";

    private const string InsertSql = """
        INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes) VALUES (@tenant, @sha256, @type, @bytes)
        ON CONFLICT (tenant, sha256) DO UPDATE SET touched_at = now()
        RETURNING xmax = 0
        """;

    // The length of a value that is stored out of line and not compressed is known without reading it.
    private const string FindSql = """
        SELECT b.sha256, b.media_type, octet_length(b.bytes)
        FROM unnest(@hashes) AS k (sha256)
        JOIN uvlm.blob b ON b.tenant = @tenant AND b.sha256 = k.sha256
        """;

    private const string ReadSql = "SELECT bytes FROM uvlm.blob WHERE tenant = @tenant AND sha256 = @sha256";

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;

    internal BlobStore(DataSources sources, TimeSpan retryWindow, ILogger<BlobStore> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>Stores the picture; when this returns it is committed. Storing it again begins its time to be kept anew.</summary>
    public Task<BlobReceipt> PutAsync(string tenant, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var sha256 = SHA256.HashData(bytes.Span);
        return _retry.RunAsync("Storing a picture", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var touch = new NpgsqlBatch(connection);
            touch.Add(TouchSql).With("tenant", tenant).With("sha256", sha256);
            var created = await touch.ExecuteNonQueryAsync(token).ConfigureAwait(false) == 0
                && await InsertAsync(connection, tenant, sha256, bytes, token).ConfigureAwait(false);
            return new BlobReceipt(Convert.ToHexStringLower(sha256), created);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, BlobInfo>> FindAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken)
        => _retry.RunAsync<IReadOnlyDictionary<string, BlobInfo>>("Looking for pictures", async token =>
        {
            await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, token).ConfigureAwait(false);
            await using var batch = transaction.Batch();
            batch.Add(FindSql).With("tenant", tenant).With("hashes", sha256.Select(Convert.FromHexString));
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            await reader.NextResultAsync(token).ConfigureAwait(false);
            var found = new Dictionary<string, BlobInfo>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                found[Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0))] = new BlobInfo(reader.GetString(1), reader.GetInt32(2));
            return found;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string tenant, string sha256, CancellationToken cancellationToken)
        => _retry.RunAsync("Reading a picture", async token =>
        {
            await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, token).ConfigureAwait(false);
            await using var batch = transaction.Batch();
            batch.Add(ReadSql).With("tenant", tenant).With("sha256", Convert.FromHexString(sha256));
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            await reader.NextResultAsync(token).ConfigureAwait(false);
            return await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetFieldValue<byte[]>(0) : null;
        }, cancellationToken);

    private static async Task<bool> InsertAsync(NpgsqlConnection connection, string tenant, byte[] sha256, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(InsertSql).With("tenant", tenant).With("sha256", sha256).With("type", ImageMediaType.Of(bytes.Span, null)).With("bytes", bytes);
        return (bool)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
