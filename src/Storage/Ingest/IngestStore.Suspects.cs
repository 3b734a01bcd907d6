using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Storage.Ingest;

public sealed partial class IngestStore
{
    // What lies behind the position was written, and nobody reads it again.
    private const string ForgetWrittenSql = """
        DELETE FROM uvlm.suspect
        WHERE group_id = @group AND topic = @topic AND partition = @partition AND log_id = @log AND is_offset AND identity < @next
        """;

    private const string SuspectsSql = """
        SELECT identity, is_offset, deaths FROM uvlm.suspect
        WHERE group_id = @group AND topic = @topic AND partition = @partition AND log_id = @log
        """;

    private const string AcquitSql = """
        DELETE FROM uvlm.suspect
        WHERE group_id = @group AND topic = @topic AND partition = @partition AND log_id = @log AND is_offset = @is_offset AND identity = @identity
        """;

    /// <inheritdoc/>
    public Task AcquitAsync(LogPartition partition, WorkIdentity identity, CancellationToken cancellationToken)
        => _retry.RunAsync("Acquitting a record", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            WithPartition(batch.Add(AcquitSql), partition).With("is_offset", identity.IsOffset).With("identity", (long?)identity.Value);
            return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        }, cancellationToken);

    private static async Task<PartitionLease> WithSuspectsAsync(NpgsqlConnection connection, PartitionLease lease, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        WithPartition(batch.Add(ForgetWrittenSql), lease.Partition).With("next", lease.NextOffset);
        WithPartition(batch.Add(SuspectsSql), lease.Partition);
        var suspects = new Dictionary<WorkIdentity, int>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            suspects.Add(new WorkIdentity(reader.GetInt64(0), reader.GetBoolean(1)), reader.GetInt32(2));
        return lease with { Suspects = suspects };
    }

    private static NpgsqlBatchCommand WithPartition(NpgsqlBatchCommand command, LogPartition partition)
        => command.With("group", partition.GroupId).With("topic", partition.Topic).With("partition", partition.Partition).With("log", partition.LogId);
}
