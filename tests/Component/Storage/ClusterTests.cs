using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Members and leases. Time passes by moving their rows into the past: the database's clock is the only one that counts.</summary>
public sealed class ClusterTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_member_is_seen_with_what_it_says_until_it_leaves()
    {
        var info = Info("a") with { Roles = NodeRoles.Ingest | NodeRoles.Gateway, RpcAddress = new Uri("http://10.0.0.1:7001/"), Fingerprint = "f", Dimension = 8 };
        var epoch = await JoinAsync(info);
        var starting = Assert.Single(await ListAsync());
        Assert.Equal((info, epoch, MemberState.Starting, MemberLoad.None), (starting.Info, starting.Epoch, starting.State, starting.Load));
        Assert.InRange(starting.ExpiresIn, TimeSpan.FromMinutes(4), Lifetime);

        var load = new MemberLoad(1, 2, 3, 4);
        await JoinAsync(Info("b"));
        var seen = await Store.Members.BeatAsync("a", epoch, MemberState.Ready, load, Lifetime, CancellationToken.None);
        Assert.Equal(["a", "b"], seen.Select(static m => m.Info.Name));
        Assert.Equal((MemberState.Ready, load), (seen[0].State, seen[0].Load));
        // Told from one that has a device and no room.
        foreach (var other in (MemberLoad[])[new(0, 2, 0, 4, HasDevice: false), new(0, 2, 0, 4)])
            Assert.Equal(other, (await Store.Members.BeatAsync("a", epoch, MemberState.Ready, other, Lifetime, CancellationToken.None))[0].Load);

        await Store.Members.LeaveAsync("a", epoch, CancellationToken.None);
        Assert.Equal(["b"], (await ListAsync()).Select(static m => m.Info.Name));
    }

    [Fact]
    public async Task A_silent_member_expires_comes_back_with_its_next_beat_and_is_forgotten_when_long_dead()
    {
        var epoch = await JoinAsync(Info("a"));
        await ExecuteAsync("UPDATE uvlm.member SET expires_at = now() - interval '1 minute'");
        Assert.Empty(await ListAsync());
        Assert.Single(await Store.Members.BeatAsync("a", epoch, MemberState.Ready, MemberLoad.None, Lifetime, CancellationToken.None));

        await ExecuteAsync("UPDATE uvlm.member SET expires_at = now() - interval '2 minutes'");
        await Store.Members.ForgetAsync(TimeSpan.FromMinutes(3), CancellationToken.None);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.member"));
        await Store.Members.ForgetAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.member"));
    }

    [Fact]
    public async Task Who_takes_a_name_ends_the_claim_of_the_one_before()
    {
        var old = await JoinAsync(Info("a"));
        var young = await JoinAsync(Info("a"));
        Assert.True(young > old);
        await Assert.ThrowsAsync<MemberReplacedException>(() => Store.Members.BeatAsync("a", old, MemberState.Ready, MemberLoad.None, Lifetime, CancellationToken.None));

        // Nor can the old one take the young one out.
        await Store.Members.LeaveAsync("a", old, CancellationToken.None);
        Assert.Equal((young, MemberState.Starting), (await ListAsync()).Select(static m => (m.Epoch, m.State)).Single());
    }

    [Fact]
    public async Task Who_was_forgotten_joins_again_unless_the_name_was_taken_meanwhile()
    {
        var old = await JoinAsync(Info("a"));
        await ExecuteAsync("DELETE FROM uvlm.member");
        await Assert.ThrowsAsync<MemberForgottenException>(() => Store.Members.BeatAsync("a", old, MemberState.Ready, MemberLoad.None, Lifetime, CancellationToken.None));

        // A process that is new has not the epoch of the one that was forgotten.
        var young = await JoinAsync(Info("a"));
        Assert.True(young > old);
        await Assert.ThrowsAsync<MemberReplacedException>(() => Store.Members.BeatAsync("a", old, MemberState.Ready, MemberLoad.None, Lifetime, CancellationToken.None));
    }

    [Fact]
    public async Task A_membership_that_was_forgotten_is_taken_up_again_by_its_next_beat()
    {
        await using var membership = await Membership.JoinAsync(
            Store.Members, Info("a"), static () => MemberLoad.None, new MembershipOptions { Lifetime = Lifetime }, NullLogger<Membership>.Instance, TimeProvider.System, CancellationToken.None);
        var epoch = Assert.Single(membership.Members).Epoch;
        await ExecuteAsync("DELETE FROM uvlm.member");
        await membership.EnterAsync(MemberState.Ready, CancellationToken.None);
        var again = Assert.Single(await ListAsync());
        Assert.True(again.Epoch > epoch);
        Assert.Equal(("a", MemberState.Ready), (again.Info.Name, again.State));
        Assert.False(membership.WhenReplaced.IsCompleted);
    }

    [Fact]
    public async Task Epochs_grow_where_an_earlier_program_counted_them()
    {
        await JoinAsync(Info("a"));
        await ExecuteAsync("UPDATE uvlm.member SET epoch = 1000");
        Assert.Equal(1001, await JoinAsync(Info("a")));
    }

    [Fact]
    public async Task A_role_of_a_later_program_is_passed_over()
    {
        await JoinAsync(Info("a"));
        await ExecuteAsync("UPDATE uvlm.member SET roles = '{query,oracle}'");
        Assert.Equal(NodeRoles.Query, Assert.Single(await ListAsync()).Info.Roles);
    }

    [Fact]
    public async Task A_membership_tells_of_itself_hears_of_others_and_ends_when_it_is_replaced()
    {
        var options = new MembershipOptions { Interval = TimeSpan.FromMilliseconds(20), Lifetime = Lifetime };
        var requests = 7;
        await using var membership = await Membership.JoinAsync(
            Store.Members, Info("a"), () => new MemberLoad(0, 0, 0, requests), options, NullLogger<Membership>.Instance, TimeProvider.System, CancellationToken.None);
        var changed = new TaskCompletionSource();
        membership.Changed += members =>
        {
            if (members.Any(static m => m.Info.Name == "b"))
                changed.TrySetResult();
        };
        Assert.Equal(MemberState.Starting, Assert.Single(membership.Members).State);
        await membership.EnterAsync(MemberState.Ready, CancellationToken.None);
        Assert.Equal((MemberState.Ready, 7), (await ListAsync()).Select(static m => (m.State, m.Load.Requests)).Single());

        await JoinAsync(Info("b"));
        await changed.Task.WaitAsync(Patience);
        await JoinAsync(Info("a"));
        Assert.IsType<MemberReplacedException>(await membership.WhenReplaced.WaitAsync(Patience));
    }

    [Fact]
    public async Task Who_looks_hears_of_the_others_between_two_beats_and_shares_that_with_all_who_look()
    {
        // No beat comes by itself while the test runs.
        var options = new MembershipOptions { Interval = Lifetime / 2, Lifetime = Lifetime, LookInterval = Lifetime };
        var beats = 0;
        MemberLoad Count()
        {
            Interlocked.Increment(ref beats);
            return MemberLoad.None;
        }

        await using var membership = await Membership.JoinAsync(
            Store.Members, Info("a"), Count, options, NullLogger<Membership>.Instance, TimeProvider.System, CancellationToken.None);
        IReadOnlyList<Member>? heard = null;
        membership.Changed += members => heard = members;
        await JoinAsync(Info("b"));
        Assert.Single(membership.Members);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => membership.LookAsync(Patience, CancellationToken.None)));
        Assert.Equal(["a", "b"], heard!.Select(static m => m.Info.Name));
        Assert.Equal(1, beats);

        // What was heard a moment ago still holds.
        await membership.LookAsync(Patience, CancellationToken.None);
        Assert.Equal(1, beats);
    }

    [Fact]
    public async Task Who_looks_waits_no_longer_than_it_said()
    {
        var options = new MembershipOptions { Interval = Lifetime / 2, Lifetime = Lifetime };
        await using var membership = await Membership.JoinAsync(
            Store.Members, Info("a"), static () => MemberLoad.None, options, NullLogger<Membership>.Instance, TimeProvider.System, CancellationToken.None);
        await using var connection = await OpenAdminAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM uvlm.member FOR UPDATE", connection, transaction))
            await hold.ExecuteNonQueryAsync();
        await membership.LookAsync(TimeSpan.FromMilliseconds(20), CancellationToken.None).WaitAsync(Patience);
        using var left = new CancellationTokenSource();
        var looking = membership.LookAsync(Lifetime, left.Token);
        await left.CancelAsync();
        await looking.WaitAsync(Patience);
        Assert.Equal(MemberState.Starting, membership.State);
    }

    [Fact]
    public async Task A_membership_that_is_disposed_of_is_over_at_once()
    {
        await using (await Membership.JoinAsync(Store.Members, Info("a"), static () => MemberLoad.None, new MembershipOptions { Lifetime = Lifetime }, NullLogger<Membership>.Instance, TimeProvider.System, CancellationToken.None))
            Assert.Single(await ListAsync());
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_lease_has_one_holder_until_it_expires_or_is_given_up()
    {
        var first = (await TakeAsync("x"))!;
        Assert.Null(await TakeAsync("y"));
        Assert.True(await Store.Leases.RenewAsync(first, Lifetime, CancellationToken.None));

        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        var second = (await TakeAsync("y"))!;
        Assert.Equal((first.Epoch + 1, "y"), (second.Epoch, second.Owner));
        Assert.False(await Store.Leases.RenewAsync(first, Lifetime, CancellationToken.None));
        await Store.Leases.ReleaseAsync(first, CancellationToken.None);
        Assert.Null(await TakeAsync("x"));

        await Store.Leases.ReleaseAsync(second, CancellationToken.None);
        Assert.Equal(second.Epoch + 1, (await TakeAsync("x"))!.Epoch);
    }

    [Fact]
    public async Task A_lease_that_was_given_before_the_clock_was_set_back_is_taken()
    {
        var dead = (await TakeAsync("x"))!;
        // Renewed a moment ago by a holder that asks for somewhat more.
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now() + interval '7 minutes'");
        Assert.Null(await TakeAsync("y"));

        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now() + interval '1 hour'");
        var next = (await TakeAsync("y"))!;
        Assert.Equal(dead.Epoch + 1, next.Epoch);
        Assert.False(await Store.Leases.RenewAsync(dead, Lifetime, CancellationToken.None));
        Assert.Null(await TakeAsync("x"));
    }

    [Fact]
    public async Task A_protected_write_holds_up_whoever_takes_the_lease_and_is_refused_afterwards()
    {
        var lease = (await TakeAsync("x"))!;
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        await using var connection = await OpenAdminAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Equal(1, await CheckAsync(connection, lease));

        var taking = TakeAsync("y");
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%uvlm.lease%')");
        Assert.Null(await taking.WaitAsync(Patience));

        // Meanwhile it is held, whatever the clock says; the renewal does not wait for its own holder's transaction.
        Assert.True(await Store.Leases.RenewAsync(lease, Lifetime, CancellationToken.None).WaitAsync(Patience));
        await transaction.CommitAsync();
        var next = (await TakeAsync("y"))!;
        Assert.Null(await CheckAsync(connection, lease));
        Assert.False(await Store.Leases.RenewAsync(lease, Lifetime, CancellationToken.None));
        await using var other = await connection.BeginTransactionAsync();
        Assert.Equal(1, await CheckAsync(connection, next));
        Assert.False(await Store.Leases.RenewAsync(lease, Lifetime, CancellationToken.None).WaitAsync(Patience));
    }

    private static MemberInfo Info(string name) => new(name, NodeRoles.Query, new Uri("http://10.0.0.1:8080/"), null, null, null, "1");

    private static async Task<object?> CheckAsync(NpgsqlConnection connection, Lease lease)
    {
        await using var check = new NpgsqlCommand(LeaseStore.CheckSql, connection);
        check.Parameters.AddWithValue("lease", lease.Name);
        check.Parameters.AddWithValue("epoch", lease.Epoch);
        return await check.ExecuteScalarAsync();
    }

    private Task<long> JoinAsync(MemberInfo info) => Store.Members.JoinAsync(info, Lifetime, CancellationToken.None);

    private Task<IReadOnlyList<Member>> ListAsync() => Store.Members.ListAsync(CancellationToken.None);

    private Task<Lease?> TakeAsync(string owner) => Store.Leases.TryTakeAsync("work", owner, Lifetime, CancellationToken.None);
}
