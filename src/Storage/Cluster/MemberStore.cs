using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>The nodes of a cluster, as rows that expire. The database's clock alone decides who is alive.</summary>
public sealed class MemberStore
{
    // An earlier program counts the epochs of a name without the sequence, and may be ahead of it.
    // clock_timestamp(): now() is when the transaction began, which may have waited for a lock.
    private const string JoinSql = """
        INSERT INTO uvlm.member AS m (name, epoch, roles, http_address, rpc_address, fingerprint, dimension, version, state, expires_at)
        VALUES (@name, nextval('uvlm.member_epoch'), @roles, @http, @rpc, @fingerprint, @dimension, @version, 'starting', clock_timestamp() + @lifetime)
        ON CONFLICT (name) DO UPDATE SET epoch = greatest(m.epoch + 1, excluded.epoch), roles = excluded.roles, http_address = excluded.http_address, rpc_address = excluded.rpc_address,
            fingerprint = excluded.fingerprint, dimension = excluded.dimension, version = excluded.version, state = excluded.state, free_query_tokens = 0,
            free_ingest_tokens = 0, free_generations = 0, requests = 0, joined_at = now(), expires_at = excluded.expires_at
        RETURNING epoch
        """;

    // Of what follows in the batch. A beat that a crash of the database takes back is made good by the next one; to wait for its disk would make living nodes late.
    private const string RelaxSql = "SELECT set_config('synchronous_commit', 'off', true)";

    private const string BeatSql = """
        UPDATE uvlm.member SET state = @state, free_query_tokens = @queries, free_ingest_tokens = @documents, free_generations = @generations, requests = @requests,
            expires_at = clock_timestamp() + @lifetime
        WHERE name = @name AND epoch = @epoch
        """;

    private const string ExistsSql = "SELECT 1 FROM uvlm.member WHERE name = @name";

    private const string ColumnsSql = """
        SELECT name, epoch, roles, http_address, rpc_address, fingerprint, dimension, version, state, free_query_tokens, free_ingest_tokens, free_generations, requests,
            expires_at - clock_timestamp()
        FROM uvlm.member
        """;

    private const string ListSql = ColumnsSql + " WHERE expires_at > clock_timestamp() ORDER BY name";

    /// <summary>Those that have gone and are not yet forgotten too.</summary>
    internal const string ListAllSql = ColumnsSql + " ORDER BY name";

    // The row stays, and with it the epoch: a process that comes under the same name is told from this one.
    private const string LeaveSql = "UPDATE uvlm.member SET state = 'draining', expires_at = clock_timestamp() WHERE name = @name AND epoch = @epoch";

    // In place of a node's tokens for queries: it has no device. A program that does not know of it takes such a node for one without room.
    private const long NoDevice = -1;

    private const string ForgetSql = "DELETE FROM uvlm.member WHERE expires_at < clock_timestamp() - @age";

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;
    private readonly BoundedCalls _calls;

    internal MemberStore(DataSources sources, TimeSpan retryWindow, ILogger<MemberStore> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(sources, retryWindow, logger);
        _calls = new BoundedCalls(logger);
    }

    /// <summary>Takes the name, from whoever had it, in state <see cref="MemberState.Starting"/>.</summary>
    /// <param name="lifetime">How long the node is a member without a beat.</param>
    /// <returns>The epoch that the node's beats need.</returns>
    public Task<long> JoinAsync(MemberInfo info, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(info);
        return _retry.RunAsync("Joining the cluster", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(JoinSql).With("name", info.Name).With("roles", Names(info.Roles)).With("http", info.HttpAddress?.ToString()).With("rpc", info.RpcAddress?.ToString())
                .With("fingerprint", info.Fingerprint).With("dimension", (long?)info.Dimension).With("version", info.Version).With("lifetime", lifetime);
            return (long)(await batch.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        }, cancellationToken);
    }

    /// <summary>Says that the node lives, and hears who else does. Not repeated: the next beat comes soon.</summary>
    /// <returns>The living members, by name; this node is among them.</returns>
    /// <exception cref="MemberReplacedException">Another process has the name.</exception>
    /// <exception cref="MemberForgottenException">Nobody has it: the node has been dead for so long that it was removed.</exception>
    public Task<IReadOnlyList<Member>> BeatAsync(
        string name, long epoch, MemberState state, MemberLoad load, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        return _calls.RunAsync(
            "A member's beat",
            async token =>
            {
                try
                {
                    return await BeatOnceAsync(name, epoch, state, load, lifetime, token).ConfigureAwait(false);
                }
                catch (Exception e) when (TransientErrors.IsReadOnly(e))
                {
                    // All that is not repeated by itself waits for this too.
                    _sources.Clear();
                    throw;
                }
            },
            cancellationToken);
    }

    /// <summary>The living members, by name.</summary>
    public Task<IReadOnlyList<Member>> ListAsync(CancellationToken cancellationToken)
        => _retry.RunAsync("Listing the members", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(ListSql);
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            return await ReadAsync(reader, token).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Ends the membership at once. Does nothing where another process has the name.</summary>
    public Task LeaveAsync(string name, long epoch, CancellationToken cancellationToken)
        => RunAsync("Leaving the cluster", batch => batch.Add(LeaveSql).With("name", name).With("epoch", (long?)epoch), cancellationToken);

    /// <summary>Removes members that have been dead for longer than <paramref name="age"/>.</summary>
    public Task ForgetAsync(TimeSpan age, CancellationToken cancellationToken)
        => RunAsync("Forgetting dead members", batch => batch.Add(ForgetSql).With("age", age), cancellationToken);

    private async Task<IReadOnlyList<Member>> BeatOnceAsync(
        string name, long epoch, MemberState state, MemberLoad load, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(RelaxSql);
        var beat = batch.Add(BeatSql).With("name", name).With("epoch", (long?)epoch).With("state", Name(state)).With("queries", load.HasDevice ? load.FreeQueryTokens : (long?)NoDevice)
            .With("documents", (long?)load.FreeIngestTokens).With("generations", load.FreeGenerations).With("requests", load.Requests).With("lifetime", lifetime);
        batch.Add(ListSql);
        batch.Add(ExistsSql).With("name", name);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var members = await ReadAsync(reader, cancellationToken).ConfigureAwait(false);
        if (beat.RecordsAffected == 1)
            return members;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        throw await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? new MemberReplacedException(name) : new MemberForgottenException(name);
    }

    private Task RunAsync(string what, Action<NpgsqlBatch> fill, CancellationToken cancellationToken)
        => _retry.RunAsync(what, async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            fill(batch);
            return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        }, cancellationToken);

    internal static async Task<IReadOnlyList<Member>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var members = new List<Member>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var info = new MemberInfo(
                reader.GetString(0), Roles(reader.GetFieldValue<string[]>(2)), Address(reader, 3), Address(reader, 4), reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetInt32(6), reader.GetString(7));
            var queries = reader.GetInt64(9);
            var load = new MemberLoad(Math.Max(queries, 0), reader.GetInt64(10), reader.GetInt32(11), reader.GetInt32(12), HasDevice: queries != NoDevice);
            members.Add(new Member(info, reader.GetInt64(1), Enum.Parse<MemberState>(reader.GetString(8), ignoreCase: true), load, reader.GetFieldValue<TimeSpan>(13)));
        }
        return members;
    }

    private static Uri? Address(NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) || !Uri.TryCreate(reader.GetString(column), UriKind.Absolute, out var address) ? null : address;

    private static string[] Names(NodeRoles roles) => [.. Enum.GetValues<NodeRoles>().Where(r => r != NodeRoles.None && roles.HasFlag(r)).Select(Name)];

    /// <summary>A role that this program does not know is a later one's, and no concern of its.</summary>
    private static NodeRoles Roles(string[] names)
        => names.Aggregate(NodeRoles.None, static (roles, name) => Enum.TryParse<NodeRoles>(name, ignoreCase: true, out var role) ? roles | role : roles);

    private static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum
        => value.ToString().ToLower(CultureInfo.InvariantCulture);
}
