using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Gateway;

/// <summary>
/// The nodes that a gateway passes requests on to, as its membership tells of them, and the choice among them: of two that are drawn by lot the one with more room by what
/// it reported last, less what this gateway has sent since. Several gateways hear the same reports; if each took the very best, all would send to one. Thread-safe.
/// </summary>
/// <param name="self">The gateway's own name.</param>
/// <param name="lifetime">How long a report makes a node a member: its age follows from when it expires.</param>
internal sealed class DestinationTable(string self, TimeSpan lifetime, GatewayOptions options, TimeProvider time, Random lot)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Name, long Epoch), Destination> destinations = [];

    /// <summary>Some node can be chosen now.</summary>
    public bool IsUsable
    {
        get
        {
            lock (gate)
                return destinations.Values.Any(IsHealthy);
        }
    }

    /// <summary>Takes over what the membership knows now. Connections and requests under way are not touched, but for those that wait for a node that is taken for dead.</summary>
    public void Update(IReadOnlyList<Member> members)
    {
        var given = new List<Destination>();
        lock (gate)
        {
            foreach (var member in members.Where(member => (member.Info.Roles & ClusterOptions.Working) != NodeRoles.None && (member.Info.HttpAddress is not null || member.Info.Name == self)))
                Take(member);
            var alive = members.ToDictionary(static m => m.Info.Name, static m => m.Epoch);
            var lost = destinations.Where(d => alive.GetValueOrDefault(d.Key.Name, -1) != d.Key.Epoch).ToList();
            foreach (var (key, destination) in lost)
            {
                destination.LostAt ??= time.GetTimestamp();
                // Whose name another process has is gone for good.
                var isGone = alive.ContainsKey(key.Name) || time.GetElapsedTime(destination.LostAt.Value) > options.LastResort;
                if (!destination.IsReady || isGone)
                    destinations.Remove(key);
                if (isGone)
                    given.Add(destination);
            }

            // With nobody there who could serve in its place it is the database that was away, rather than the node.
            given.AddRange(lost.Select(static d => d.Value).Where(d => destinations.Values.Any(other => IsHealthy(other) && other.CanReplace(d))));
        }

        foreach (var destination in given)
            destination.GiveUp();
    }

    /// <param name="except">Have just failed to serve the request.</param>
    public Choice Choose(RoutedRequest request, IReadOnlyCollection<Destination> except)
    {
        lock (gate)
        {
            var able = Others(request.Kind, except);
            var pool = able.Where(IsHealthy).ToList();
            if (pool.Count == 0)
                pool = able;
            var roomy = pool.Where(d => d.HasRoom(request.Kind)).ToList();
            if (roomy.Count == 0)
                return pool.Exists(static d => d.Report.Load.HasDevice) ? new Choice(null, IsFull: true) : new Choice(null, LacksDevices: pool.Count > 0);
            var chosen = roomy[lot.Next(roomy.Count)];
            if (roomy.Count > 1)
            {
                var other = roomy.Where(d => d != chosen).ElementAt(lot.Next(roomy.Count - 1));
                chosen = other.Room(request.Kind) > chosen.Room(request.Kind) ? other : chosen;
            }

            var passage = new Passage(this, chosen, request, time.GetTimestamp());
            chosen.Add(passage);
            return new Choice(passage);
        }
    }

    /// <summary>Whether another node could serve the request.</summary>
    public bool HasOther(RequestKind kind, IReadOnlyCollection<Destination> than)
    {
        lock (gate)
            return Others(kind, than).Count > 0;
    }

    /// <summary>Whether another node could serve the request, as far as is known, without one that is taken for dead being tried.</summary>
    public bool HasHealthy(RequestKind kind, IReadOnlyCollection<Destination> than)
    {
        lock (gate)
            return Others(kind, than).Exists(IsHealthy);
    }

    /// <summary>Whether another node has room for the request, as far as is known, without one that is taken for dead being tried.</summary>
    public bool HasRoom(RequestKind kind, IReadOnlyCollection<Destination> than)
    {
        lock (gate)
            return Others(kind, than).Exists(d => IsHealthy(d) && d.HasRoom(kind));
    }

    /// <summary>The node did not answer: others are chosen for a while.</summary>
    public void SetAside(Destination destination)
    {
        lock (gate)
            destination.FailedAt = time.GetTimestamp();
    }

    internal void End(Passage passage)
    {
        lock (gate)
            passage.Destination.Remove(passage);
    }

    private void Take(Member member)
    {
        var key = (member.Info.Name, member.Epoch);
        if (!destinations.TryGetValue(key, out var destination))
            destinations.Add(key, destination = new Destination(member, member.Info.Name == self));
        var age = lifetime - member.ExpiresIn;
        destination.Take(member, passage => time.GetElapsedTime(passage.StartedAt) < age);
    }

    private List<Destination> Others(RequestKind kind, IReadOnlyCollection<Destination> than) => [.. destinations.Values.Where(d => !than.Contains(d) && d.IsReady && d.Serves(kind))];

    private bool IsHealthy(Destination destination) => destination.IsReady && destination.LostAt is null
        && !(destination.FailedAt is { } at && time.GetElapsedTime(at) < options.Aside);
}
