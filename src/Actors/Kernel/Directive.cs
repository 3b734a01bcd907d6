namespace UnifiedVlm.Actors.Kernel;

/// <summary>What supervision does with an actor that failed.</summary>
public enum Directive
{
    /// <summary>Drop the message, keep the instance and its state.</summary>
    Resume,

    /// <summary>Stop the children, make a new instance after a back-off. The mailbox survives; the message in hand does not.</summary>
    Restart,

    /// <summary>Stop the actor for good.</summary>
    Stop,

    /// <summary>The failure counts as the parent's own; the actor waits for the parent's verdict.</summary>
    Escalate,
}
