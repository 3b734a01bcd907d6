using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>What retention has done so far.</summary>
public sealed class RetentionReader
{
    private readonly DataSources _sources;

    internal RetentionReader(DataSources sources) => _sources = sources;

    /// <returns>One status a rule, in the order of the rules; what a newer program, or the sweep of pictures, notes in the table is left out.</returns>
    public async Task<IReadOnlyList<RetentionStatus>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(RetentionSql.Status, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = Enum.GetValues<RetentionRule>().ToDictionary(static r => r, static r => new RetentionStatus(r, null, 0, 0));
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Enum.TryParse<RetentionRule>(reader.GetString(0), out var rule))
                found[rule] = new RetentionStatus(rule, reader.IsDBNull(1) ? null : new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), reader.GetInt64(2), reader.GetInt64(3));
        }
        return [.. found.Values];
    }
}
