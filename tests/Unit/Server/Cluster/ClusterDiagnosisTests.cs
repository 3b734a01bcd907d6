using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Tests.Unit.Server.Cluster;

public sealed class ClusterDiagnosisTests
{
    private static readonly ClusterSnapshot Healthy = new(
        [Member("a", NodeRoles.Ingest | NodeRoles.Encode), Member("b", NodeRoles.Query | NodeRoles.Encode), Member("g", NodeRoles.Gateway) with { Info = Info("g", NodeRoles.Gateway, null, "1.0.0") }],
        [new HeldLease(new Lease("outbox/0", "a", 3), TimeSpan.FromSeconds(4))],
        [new OffsetStatus(new LogPartition("uvlm", "log", "documents", 2), 17, "a", 5, DateTimeOffset.UnixEpoch)],
        new Dictionary<string, InboxLoad> { ["uvlm"] = new(0, 0) },
        DeadLetters: 12,
        RecentDeadLetters: 0,
        new WaitingEvents(0, TimeSpan.Zero),
        [new IndexGeneration(1, "model-1", 256, GenerationState.Live)],
        ClockDifference: TimeSpan.FromMilliseconds(-20),
        ReadTime: TimeSpan.FromMilliseconds(2));

    [Fact]
    public void A_healthy_cluster_is_described_and_nothing_is_to_be_done()
    {
        var findings = ClusterDiagnosis.Of(Healthy).ToList();
        Assert.All(findings, static finding => Assert.Null(finding.Fix));
        Assert.Equal(
            [
                "member: a: ingest encode, ready, http://a:7077, last beat 0.5 s ago, 4 requests",
                "member: b: encode query, ready, http://b:7077, last beat 0.5 s ago, 4 requests",
                "member: g: gateway, ready, http://g:7077, last beat 0.5 s ago, 4 requests",
                "versions: 1.0.0",
                "models: model-1 on a, b",
                "lease: outbox/0: a, for 4 s more, epoch 3",
                "partition: uvlm documents/2: next 17, a, epoch 5, written 1970-01-01 00:00:00Z",
                "inbox: uvlm: 0 pushed documents wait, 0 bytes",
                "dead: 12 dead letters, 0 of the last hour",
                "events: 0 not published",
                "index: generation 1: live, model-1, 256 dimensions",
                "clock: the database is 0.02 s behind this machine, give or take 0.001 s",
            ],
            findings.Select(static finding => $"{finding.Subject}: {finding.Text}"));
    }

    [Fact]
    public void Mixed_models_are_a_fault_and_mixed_versions_are_named()
    {
        var mixed = Healthy with { Members = [Member("a", NodeRoles.Ingest), Member("b", NodeRoles.Query) with { Info = Info("b", NodeRoles.Query, "model-2", "1.1.0") }] };
        Assert.Equal("mixed: model-1 on a; model-2 on b", Fault(mixed, "models").Text);
        Assert.Equal("mixed, as in an upgrade: 1.0.0 on a; 1.1.0 on b", ClusterDiagnosis.Of(mixed).Single(static f => f.Subject == "versions").Text);
        Assert.Single(ClusterDiagnosis.Of(mixed), static f => f.Fix is not null);
    }

    [Fact]
    public void A_model_that_the_index_is_not_of_is_a_fault() => Assert.Equal(
        "model-1 on a, b, and the index is other's", Fault(Healthy with { Generations = [new IndexGeneration(1, "other", 256, GenerationState.Live)] }, "models").Text);

    [Fact]
    public void Who_only_encodes_may_have_another_model() => Assert.DoesNotContain(
        ClusterDiagnosis.Of(Healthy with { Members = [.. Healthy.Members, Member("e", NodeRoles.Encode) with { Info = Info("e", NodeRoles.Encode, "model-2", "1.0.0") }] }),
        static f => f.Fix is not null);

    [Fact]
    public void Whoever_went_silent_is_a_fault_and_whoever_left_is_not()
    {
        var gone = Member("c", NodeRoles.Query) with { ExpiresIn = TimeSpan.FromSeconds(-60) };
        Assert.Equal("c has been silent for 65 s and did not leave", Fault(Healthy with { Members = [.. Healthy.Members, gone] }, "member").Text);
        Assert.DoesNotContain(ClusterDiagnosis.Of(Healthy with { Members = [.. Healthy.Members, gone with { State = MemberState.Draining }] }), static f => f.Fix is not null);
    }

    [Fact]
    public void A_late_beat_a_missing_role_and_no_node_at_all_are_faults()
    {
        Assert.Contains("last beat 4.5 s ago", Fault(Healthy with { Members = [Healthy.Members[0] with { ExpiresIn = TimeSpan.FromSeconds(0.5) }, Healthy.Members[1]] }, "member").Text);
        Assert.Equal("no ready node has the role query: nothing is answered", Fault(Healthy with { Members = [Healthy.Members[0], Healthy.Members[1] with { State = MemberState.Draining }] }, "roles").Text);
        Assert.Equal("none is alive", Fault(Healthy with { Members = [] }, "members").Text);
    }

    [Fact]
    public void A_node_that_needs_a_device_and_has_none_is_a_fault()
    {
        var bare = Healthy.Members[1] with { Load = new MemberLoad(0, 0, 0, 0, HasDevice: false) };
        var fault = Fault(Healthy with { Members = [Healthy.Members[0], bare, Healthy.Members[2]] }, "devices");
        Assert.Equal("b: no device, neither an own nor a lent one", fault.Text);
        Assert.Contains("--roles encode", fault.Fix);
        // Who only passes requests on needs none, and who is on its way has none yet.
        var starting = bare with { State = MemberState.Starting, Info = Info("s", NodeRoles.Query, "model-1", "1.0.0") };
        var gateway = Healthy.Members[2] with { Load = bare.Load };
        Assert.DoesNotContain(ClusterDiagnosis.Of(Healthy with { Members = [Healthy.Members[0], Healthy.Members[1], gateway, starting] }), static f => f.Fix is not null);
    }

    [Fact]
    public void Events_that_somebody_publishes_and_that_stand_still_are_a_fault()
    {
        var waiting = Healthy with { Events = new WaitingEvents(7, TimeSpan.FromMinutes(11)) };
        var fault = Fault(waiting, "events");
        Assert.Equal("7 not published, the oldest for 660 s", fault.Text);
        Assert.Contains("UVLM_EVENTS_TOPIC", fault.Fix);
        // The publisher may have gone an hour ago. Where there was none, or none for days, nobody waits for them.
        Assert.Equal(fault, Fault(waiting with { Leases = [new HeldLease(new Lease("outbox/0", "a", 3), TimeSpan.FromHours(-1))] }, "events"));
        Assert.DoesNotContain(ClusterDiagnosis.Of(waiting with { Leases = [new HeldLease(new Lease("outbox/0", "a", 3), TimeSpan.FromDays(-2))] }), static f => f.Fix is not null);
        Assert.DoesNotContain(ClusterDiagnosis.Of(waiting with { Leases = [new HeldLease(new Lease("matcher/0", "a", 3), TimeSpan.FromSeconds(4))] }), static f => f.Fix is not null);
        Assert.DoesNotContain(ClusterDiagnosis.Of(Healthy with { Events = new WaitingEvents(7, TimeSpan.FromMinutes(9)) }), static f => f.Fix is not null);
    }

    [Fact]
    public void Pushes_that_nobody_reads_recent_dead_letters_and_a_wrong_clock_are_faults()
    {
        var waiting = Healthy with { Inbox = new Dictionary<string, InboxLoad> { ["old"] = new(3, 900) } };
        Assert.DoesNotContain(ClusterDiagnosis.Of(waiting), static f => f.Fix is not null);
        Assert.Contains("--group old", Fault(waiting with { Members = [Healthy.Members[1]] }, "inbox").Fix);
        Assert.Contains("uvlm dead list", Fault(Healthy with { RecentDeadLetters = 1 }, "dead").Fix);
        Assert.Equal("the database is 3 s ahead of this machine, give or take 0.001 s", Fault(Healthy with { ClockDifference = TimeSpan.FromSeconds(3) }, "clock").Text);
        // A slow answer says nothing about the clock.
        Assert.DoesNotContain(ClusterDiagnosis.Of(Healthy with { ClockDifference = TimeSpan.FromSeconds(3), ReadTime = TimeSpan.FromSeconds(5) }), static f => f.Fix is not null);
    }

    private static ClusterFinding Fault(ClusterSnapshot cluster, string subject) => ClusterDiagnosis.Of(cluster).First(f => f.Subject == subject && f.Fix is not null);

    private static Member Member(string name, NodeRoles roles) => new(Info(name, roles, "model-1", "1.0.0"), 1, MemberState.Ready, new MemberLoad(1, 2, 3, 4), TimeSpan.FromSeconds(4.5));

    private static MemberInfo Info(string name, NodeRoles roles, string? model, string version) => new(name, roles, new Uri($"http://{name}:7077"), null, model, model is null ? null : 256, version);
}
