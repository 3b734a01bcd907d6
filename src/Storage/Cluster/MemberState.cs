namespace UnifiedVlm.Storage.Cluster;

public enum MemberState
{
    /// <summary>Not to be sent anything yet.</summary>
    Starting,

    Ready,

    /// <summary>Finishes what it has; not to be sent anything more.</summary>
    Draining,
}
