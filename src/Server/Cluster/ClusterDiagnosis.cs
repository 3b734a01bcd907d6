using System.Globalization;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Server.Cluster;

/// <summary>What is to be said of a cluster, and what is wrong with it.</summary>
internal static class ClusterDiagnosis
{
    /// <summary>Three beats: one may come late.</summary>
    private static readonly TimeSpan LateBeat = TimeSpan.FromSeconds(3);

    /// <summary>Nothing of the cluster goes by the nodes' clocks; keys' ends and the times in logs do.</summary>
    private static readonly TimeSpan LargeDifference = TimeSpan.FromSeconds(1);

    /// <summary>As long as the alert UvlmEventsWait lets them.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(10);

    /// <summary>Every change writes its event, published or not: where nobody has published for so long, as in that alert, nobody waits for them.</summary>
    private static readonly TimeSpan LastPublished = TimeSpan.FromDays(1);

    private static readonly TimeSpan Lifetime = new MembershipOptions().Lifetime;

    /// <summary>A line for each thing, those that are wrong with what to do.</summary>
    public static IEnumerable<ClusterFinding> Of(ClusterSnapshot cluster)
    {
        Member[] alive = [.. cluster.Members.Where(static m => m.ExpiresIn > TimeSpan.Zero)];
        return
        [
            .. Members(alive), .. Silent(cluster.Members), .. Roles(alive), .. Devices(alive), .. Versions(alive), .. Models(alive, cluster.Generations), .. Leases(cluster.Leases),
            .. Partitions(cluster), .. Waiting(cluster, alive), .. Generations(cluster.Generations), Clock(cluster),
        ];
    }

    private static IEnumerable<ClusterFinding> Members(Member[] alive)
    {
        if (alive.Length == 0)
            yield return new("members", "none is alive", "Start a node: uvlm serve with this --database.");
        foreach (var member in alive)
        {
            var age = Lifetime - member.ExpiresIn;
            var text = $"{member.Info.Name}: {Words(member.Info.Roles)}, {Lower(member.State)}, {member.Info.HttpAddress?.ToString().TrimEnd('/') ?? "no address"}, last beat {Seconds(age)} ago, {member.Load.Requests} requests";
            yield return new("member", text, age <= LateBeat ? null : "Its beats are late: is it starved of processor time, or the database slow?");
        }
    }

    /// <summary>Whoever leaves in order says so; these did not.</summary>
    private static IEnumerable<ClusterFinding> Silent(IReadOnlyList<Member> members) => members
        .Where(static m => m.ExpiresIn <= TimeSpan.Zero && m.State != MemberState.Draining)
        .Select(static m => new ClusterFinding(
            "member", $"{m.Info.Name} has been silent for {Seconds(Lifetime - m.ExpiresIn)} and did not leave", "Did it die, or has it lost the database? Its log says. A node that was removed for good is forgotten after an hour."));

    private static IEnumerable<ClusterFinding> Roles(Member[] alive)
    {
        foreach (var (role, means) in ((NodeRoles, string)[])[(NodeRoles.Ingest, "nothing is ingested"), (NodeRoles.Query, "nothing is answered")])
        {
            if (alive.Length > 0 && !alive.Any(m => m.State == MemberState.Ready && m.Info.Roles.HasFlag(role)))
                yield return new("roles", $"no ready node has the role {Lower(role)}: {means}", $"Start one with --roles {Lower(role)}.");
        }
    }

    private static IEnumerable<ClusterFinding> Devices(Member[] alive)
    {
        string[] bare = [.. alive.Where(static m => m.State == MemberState.Ready && (m.Info.Roles & (NodeRoles.Ingest | NodeRoles.Query)) != NodeRoles.None && !m.Load.HasDevice).Select(static m => m.Info.Name)];
        if (bare.Length > 0)
            yield return new("devices", $"{string.Join(", ", bare)}: no device, neither an own nor a lent one", "Start one with --roles encode and --rpc-url. If there is one, their logs say why it can't be reached.");
    }

    private static IEnumerable<ClusterFinding> Versions(Member[] alive)
    {
        var versions = alive.GroupBy(static m => m.Info.Version, static m => m.Info.Name).OrderBy(static v => v.Key, StringComparer.Ordinal).ToList();
        if (versions.Count > 0)
            yield return new("versions", versions.Count == 1 ? versions[0].Key : "mixed, as in an upgrade: " + string.Join("; ", versions.Select(static v => $"{v.Key} on {string.Join(", ", v)}")));
    }

    private static IEnumerable<ClusterFinding> Models(Member[] alive, IReadOnlyList<IndexGeneration> generations)
    {
        var models = alive.Where(static m => m.Info.Fingerprint is not null && (m.Info.Roles & (NodeRoles.Ingest | NodeRoles.Query)) != NodeRoles.None)
            .GroupBy(static m => m.Info.Fingerprint!, static m => m.Info.Name).OrderBy(static m => m.Key, StringComparer.Ordinal).ToList();
        if (models.Count == 0)
            yield break;
        var text = string.Join("; ", models.Select(static m => $"{m.Key} on {string.Join(", ", m)}"));
        if (models.Count > 1)
            yield return new("models", "mixed: " + text, "Their vectors don't compare. Give all nodes that ingest or answer the same --model and adapter.");
        else if (generations.FirstOrDefault(static g => g.State == GenerationState.Live) is { } live && live.Fingerprint != models[0].Key)
            yield return new("models", $"{text}, and the index is {live.Fingerprint}'s", "Give the nodes the model that the index was made with.");
        else
            yield return new("models", text);
    }

    private static IEnumerable<ClusterFinding> Leases(IReadOnlyList<HeldLease> leases) => leases.Select(static held => new ClusterFinding(
        "lease", $"{held.Lease.Name}: {(held.ExpiresIn > TimeSpan.Zero ? $"{held.Lease.Owner}, for {Seconds(held.ExpiresIn)} more" : $"free, last {held.Lease.Owner}'s")}, epoch {held.Lease.Epoch}"));

    private static IEnumerable<ClusterFinding> Partitions(ClusterSnapshot cluster) => cluster.Offsets.Select(static o => new ClusterFinding(
        "partition", $"{o.Partition.GroupId} {o.Partition.Topic}/{o.Partition.Partition}: next {o.NextOffset?.ToString(CultureInfo.InvariantCulture) ?? "not read yet"}, {o.Owner}, epoch {o.Epoch}, written {o.UpdatedAt:u}"));

    private static IEnumerable<ClusterFinding> Waiting(ClusterSnapshot cluster, Member[] alive)
    {
        var ingests = alive.Any(static m => m.Info.Roles.HasFlag(NodeRoles.Ingest));
        foreach (var (group, load) in cluster.Inbox)
        {
            yield return new(
                "inbox", $"{group}: {load.Rows} pushed documents wait, {load.Bytes} bytes",
                load.Rows == 0 || ingests ? null : $"No node reads them: start one with --roles ingest --group {group}, or remove the group's row from ingest_offset if nobody is to.");
        }

        yield return new(
            "dead", $"{cluster.DeadLetters} dead letters, {cluster.RecentDeadLetters} of the last hour",
            cluster.RecentDeadLetters == 0 ? null : "uvlm dead list says why; mend the cause, then uvlm dead replay.");
        yield return new(
            "events", $"{cluster.Events.Count} not published{(cluster.Events.Count == 0 ? "" : $", the oldest for {Seconds(cluster.Events.OldestAge)}")}",
            cluster.Events.OldestAge <= LongWait || !cluster.Leases.Any(static held => held.Lease.Name.StartsWith(OutboxStore.LeasePrefix, StringComparison.Ordinal) && held.ExpiresIn > -LastPublished)
                ? null
                : "Is Kafka there, does a node with the role ingest have UVLM_EVENTS_TOPIC? Nothing is lost, but the outbox grows with every change until they are published.");
    }

    private static IEnumerable<ClusterFinding> Generations(IReadOnlyList<IndexGeneration> generations)
    {
        if (generations.Count == 0)
            yield return new("index", "none yet: nothing was ingested");
        foreach (var generation in generations)
            yield return new("index", $"generation {generation.Id}: {Lower(generation.State)}, {generation.Fingerprint}, {generation.Dimension} dimensions");
    }

    private static ClusterFinding Clock(ClusterSnapshot cluster)
    {
        var difference = cluster.ClockDifference;
        return new(
            "clock", $"the database is {Seconds(difference.Duration())} {(difference < TimeSpan.Zero ? "behind" : "ahead of")} this machine, give or take {Seconds(cluster.ReadTime / 2)}",
            difference.Duration() - (cluster.ReadTime / 2) <= LargeDifference ? null : "Members and leases go by the database's clock, but keys' ends and logs don't: let all machines keep time by NTP.");
    }

    private static string Words(NodeRoles roles) => string.Join(' ', Enum.GetValues<NodeRoles>().Where(r => r != NodeRoles.None && roles.HasFlag(r)).Select(Lower));

    private static string Lower<TEnum>(TEnum value)
        where TEnum : struct, Enum
        => value.ToString().ToLowerInvariant();

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
