using Npgsql;
using UnifiedVlm.Storage.Care.Erasure;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// The first half of a write transaction: takes the locks in one fixed order (generation, documents by key, pictures by key) and reads what is
/// stored. One round trip.
/// </summary>
internal sealed class LockedRange
{
    // The name tells a taker which backend serves which lease, without a commit of its own; SET LOCAL, so that it is gone with the transaction.
    private const string SettingsSql = """
        SELECT set_config('lock_timeout', @lock_timeout, true), set_config('idle_in_transaction_session_timeout', @idle, true),
            set_config('application_name', @tag, true)
        """;

    // Shared: whoever makes, switches or drops generations waits for the writers.
    private const string GenerationSql = "SELECT FROM uvlm.index_generation WHERE id = @generation FOR SHARE";

    // A statement of its own: its snapshot is taken when our row is locked, so that a generation that was made just before is among them.
    private const string OthersSql = "SELECT id FROM uvlm.index_generation WHERE id <> @generation ORDER BY id";

    private const string RulesSql = """
        SELECT c.tenant, c.name, c.version_rule
        FROM unnest(@tenants, @names) AS k (tenant, name)
        JOIN uvlm.collection c ON c.tenant = k.tenant AND c.name = k.name
        """;

    private const string SuccessionSql = "SELECT rule, follows FROM uvlm.log_succession WHERE rule = ANY (@rules) OR follows = ANY (@rules)";

    private const string DocumentsSql = """
        SELECT d.tenant, d.id, d.version, d.version_rule, d.content_hash, d.deleted, d.sequence, d.source_log = @erased, d.source_partition
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        ORDER BY d.tenant, d.id
        FOR UPDATE OF d
        """;

    // A statement of its own: its snapshot is taken when the documents are locked, so that vectors and document are of one state.
    private const string VectorsSql = """
        SELECT p.tenant, p.id, p.content_hash
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.packed_{g} p ON p.tenant = k.tenant AND p.id = k.id
        """;

    // KEY SHARE: nobody may delete a picture that we are about to refer to.
    private const string PicturesSql = """
        SELECT b.tenant, b.sha256
        FROM unnest(@tenants, @hashes) AS k (tenant, sha256)
        JOIN uvlm.blob b ON b.tenant = k.tenant AND b.sha256 = k.sha256
        ORDER BY b.tenant, b.sha256
        FOR KEY SHARE OF b
        """;

    private LockedRange()
    {
    }

    public Dictionary<DocumentKey, StoredState> Documents { get; } = [];

    public Dictionary<CollectionKey, string> Rules { get; } = [];

    /// <summary>Of the rules that the range's records have their versions by.</summary>
    public RuleSuccession Succession { get; } = new();

    /// <summary>Pictures that need not be sent again, as tenant and hexadecimal SHA-256.</summary>
    public HashSet<(string Tenant, string Sha256)> Pictures { get; } = [];

    /// <summary>False when it was dropped meanwhile.</summary>
    public bool HasGeneration { get; private set; }

    /// <summary>Generations of other models. They stay as they are until the end of the transaction.</summary>
    public List<int> Others { get; } = [];

    public static async Task<LockedRange> ReadAsync(
        NpgsqlConnection connection, IngestSettings settings, string tag, RangeContent content, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(SettingsSql)
            .With("lock_timeout", settings.LockTimeoutText).With("idle", settings.IdleLimitText).With("tag", tag);
        batch.Add(GenerationSql).With("generation", settings.Generation.Id);
        batch.Add(OthersSql).With("generation", settings.Generation.Id);
        batch.Add(RulesSql).With("tenants", content.Collections.Select(c => c.Tenant)).With("names", content.Collections.Select(c => c.Name));
        batch.Add(SuccessionSql).With("rules", content.Rules);
        var tenants = content.Keys.Select(k => k.Tenant).ToArray();
        var ids = content.Keys.Select(k => k.Id).ToArray();
        batch.Add(DocumentsSql).With("tenants", tenants).With("ids", ids).With("erased", ErasureSql.Source);
        batch.Add(GenerationTables.For(VectorsSql, settings.Generation.Id)).With("tenants", tenants).With("ids", ids);
        batch.Add(PicturesSql).With("tenants", content.Pictures.Select(p => p.Tenant)).With("hashes", content.Pictures.Select(p => p.Picture.Sha256));

        var range = new LockedRange();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        range.HasGeneration = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            range.Others.Add(reader.GetInt32(0));
        await range.ReadRulesAsync(reader, cancellationToken).ConfigureAwait(false);
        await range.ReadDocumentsAsync(reader, cancellationToken).ConfigureAwait(false);
        await range.ReadPicturesAsync(reader, cancellationToken).ConfigureAwait(false);
        return range;
    }

    private async Task ReadRulesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            Rules[new CollectionKey(reader.GetString(0), reader.GetString(1))] = reader.GetString(2);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            Succession.Add(reader.GetString(0), reader.GetString(1));
    }

    private async Task ReadDocumentsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Documents[new DocumentKey(reader.GetString(0), reader.GetString(1))] = new StoredState(
                new DocumentVersion(reader.GetInt64(2), reader.GetString(3)), reader.GetFieldValue<byte[]>(4), reader.GetBoolean(5), reader.GetInt64(6), HasVectors: false,
                IsErased: reader.GetBoolean(7), Partition: reader.GetInt32(8));
        }
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var key = new DocumentKey(reader.GetString(0), reader.GetString(1));
            if (Documents.TryGetValue(key, out var state))
                Documents[key] = state with { HasVectors = state.HasContent(reader.GetFieldValue<byte[]>(2)) };
        }
    }

    private async Task ReadPicturesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            Pictures.Add((reader.GetString(0), Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(1))));
    }
}
