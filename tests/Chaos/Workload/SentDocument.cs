using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>One document's history so far. All its records go to one partition, so that their order is that of sending.</summary>
internal sealed class SentDocument(string id, int partition)
{
    public string Id { get; } = id;

    public int Partition { get; } = partition;

    public HashSet<long> Versions { get; } = [];

    /// <summary>As its newest version left it.</summary>
    public ExpectedDocument State { get; private set; } = new(0, true, 0, 0, null);

    /// <summary>What carried the newest version, for exact repetitions.</summary>
    public KafkaRecord? Newest { get; private set; }

    /// <summary>The record is about to be sent.</summary>
    public void Add(ExpectedDocument state, KafkaRecord record)
    {
        Versions.Add(state.Version);
        if (Newest is null || state.Version > State.Version)
            (State, Newest) = (state, record);
    }
}
