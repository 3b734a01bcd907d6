using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>Every stored picture is the bytes that its name says, and somebody refers to it. The server computes the hashes: no picture travels.</summary>
internal static class PictureCheck
{
    private const int PageRows = 256;

    private const string PageSql = """
        SELECT b.tenant, b.sha256, sha256(b.bytes) = b.sha256, octet_length(b.bytes),
            EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = b.tenant AND r.sha256 = b.sha256)
        FROM uvlm.blob b WHERE (b.tenant, b.sha256) > (@tenant, @sha256) ORDER BY b.tenant, b.sha256 LIMIT @max
        """;

    /// <summary>One page at a time; the last one is shorter than the others.</summary>
    public static async Task<List<StoredBlob>> NextAsync(NpgsqlConnection connection, StoredBlob? after, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(PageSql).With("tenant", after?.Tenant ?? "").With("sha256", after?.Sha256 ?? ReadOnlyMemory<byte>.Empty).With("max", PageRows);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var page = new List<StoredBlob>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            page.Add(new StoredBlob(reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2), reader.GetInt32(3), reader.GetBoolean(4)));
        return page;
    }

    public static Finding? Judge(StoredBlob blob) => blob switch
    {
        { IsSound: false } => new(FindingKind.Picture, blob.Tenant, blob.Name, "its bytes are not those it is named after", "ingest the documents with this picture again from their source"),
        { IsUsed: false } => new(FindingKind.Garbage, blob.Tenant, blob.Name, string.Create(CultureInfo.InvariantCulture, $"no document refers to it, {blob.Bytes} bytes")),
        _ => null,
    };
}

/// <param name="IsSound">Its bytes have this hash.</param>
internal sealed record StoredBlob(string Tenant, byte[] Sha256, bool IsSound, int Bytes, bool IsUsed)
{
    public string Name { get; } = Convert.ToHexStringLower(Sha256);
}
