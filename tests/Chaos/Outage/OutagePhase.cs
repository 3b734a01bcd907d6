namespace UnifiedVlm.Chaos.Outage;

internal enum OutagePhase
{
    Before = 0,
    Away = 1,
    Draining = 2,
    Drained = 3,
}
