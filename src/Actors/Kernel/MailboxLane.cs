namespace UnifiedVlm.Actors.Kernel;

/// <summary>Lanes are served strictly in this order; within a lane messages keep the order of each sender.</summary>
public enum MailboxLane
{
    /// <summary>Control messages.</summary>
    High = 0,

    /// <summary>Ordinary work.</summary>
    Normal = 1,

    /// <summary>What is done only when nothing else waits, such as an actor's own next step.</summary>
    Low = 2,
}
