using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Nodes;

/// <summary>A running <c>uvlm serve</c>.</summary>
/// <param name="Slot">Its place; whoever replaces it has the same.</param>
/// <param name="Life">Counts all processes of a run, so that no two are mistaken for each other.</param>
internal sealed record ChaosNode(int Slot, int Life, Uvlm Process)
{
    public override string ToString() => $"node {Slot} (process {Life})";
}
