namespace UnifiedVlm.Storage.Inbox;

/// <summary>The inbox as a log among others: what its positions are stored under.</summary>
public static class InboxLog
{
    /// <summary>Its topic and its log id; its partition is 0.</summary>
    public const string Name = "inbox";
}
