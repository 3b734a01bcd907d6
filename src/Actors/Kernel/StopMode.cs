namespace UnifiedVlm.Actors.Kernel;

public enum StopMode
{
    /// <summary>After the message in hand. What waits in the mailbox becomes a dead letter and its asks fail.</summary>
    AfterCurrent,

    /// <summary>After everything that waits in the mailbox now; new messages are refused (Akka's PoisonPill).</summary>
    AfterMailbox,
}
