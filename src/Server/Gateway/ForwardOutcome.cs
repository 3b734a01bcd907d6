namespace UnifiedVlm.Server.Gateway;

/// <summary>Of one sending of a request.</summary>
internal enum ForwardOutcome
{
    /// <summary>There is a reply, from the node or from the gateway.</summary>
    Over,

    /// <summary>It failed, has gone out, and is to be sent to another node.</summary>
    Sent,

    /// <summary>It failed, and no byte of it has gone out.</summary>
    NotSent,
}
