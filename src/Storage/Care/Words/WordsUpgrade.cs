using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Words;

/// <summary>
/// Makes the words of documents anew that a program before language detection and bigrams has stored. What is being written is passed over, and looked at again the next
/// time; content, version and sequence stay as they are.
/// </summary>
internal sealed partial class WordsUpgrade(DataSources sources, ILogger<WordsUpgrade> logger)
{
    // In a writer's order: documents by key, then text configurations.
    private const string LockSql = """
        SELECT tenant, id, title, language, body::text FROM uvlm.document
        WHERE words_version = 0 AND NOT deleted ORDER BY tenant, id LIMIT @max
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string IdleSql = "SELECT set_config('idle_in_transaction_session_timeout', '1min', true)";

    private const string ConfigsSql = """
        INSERT INTO uvlm.tenant_text_config (tenant, text_config)
        SELECT * FROM unnest(@tenants, @configs) AS k (tenant, config)
        ON CONFLICT (tenant, text_config) DO NOTHING
        """;

    private const string UpdateSql = """
        UPDATE uvlm.document d
        SET text_config = k.config, tsv = uvlm.to_search_vector(k.config::regconfig, k.title, k.words), words_version = 1
        FROM unnest(@tenants, @ids, @configs, @titles, @words) AS k (tenant, id, config, title, words)
        WHERE d.tenant = k.tenant AND d.id = k.id
        """;

    /// <summary>A body may be as long as a document.</summary>
    private const int DocumentsAtOnce = 16;

    /// <returns>How many documents were made anew.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var total = 0L;
        while (await RunOnceAsync(cancellationToken).ConfigureAwait(false) is var done and > 0)
            total += done;
        if (total > 0)
            LogDone(total);
        return total;
    }

    private async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
            return 0;
        await using var batch = new NpgsqlBatch(connection);
        var configs = rows.Select(static r => (r.Tenant, r.Config)).Distinct().Order().ToArray();
        batch.Add(ConfigsSql).With("tenants", configs.Select(static c => c.Tenant)).With("configs", configs.Select(static c => c.Config));
        batch.Add(UpdateSql)
            .With("tenants", rows.Select(static r => r.Tenant)).With("ids", rows.Select(static r => r.Id)).With("configs", rows.Select(static r => r.Config))
            .With("titles", rows.Select(static r => r.Title)).With("words", rows.Select(static r => r.Words));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return rows.Count;
    }

    private static async Task<List<Row>> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(IdleSql);
        batch.Add(LockSql).With("max", DocumentsAtOnce);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var document = new InterleavedDocument
            {
                Id = reader.GetString(1),
                Title = await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(2),
                Language = await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(3),
                // Words are all that is wanted.
                Parts = DocumentBody.Read(reader.GetString(4), static _ => new InlineImage(default)),
            };
            var words = DocumentBody.Words(document);
            rows.Add(new Row(
                reader.GetString(0), document.Id, TextConfigurations.Of(document, words),
                document.Title is null ? null : UnspacedWords.ForIndex(document.Title), UnspacedWords.ForIndex(words)));
        }
        return rows;
    }

    private sealed record Row(string Tenant, string Id, string Config, string? Title, string Words);

    [LoggerMessage(3730, LogLevel.Information, "Made the words of {Count} documents anew, with their languages and bigrams")]
    private partial void LogDone(long count);
}
