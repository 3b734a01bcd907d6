namespace UnifiedVlm.Storage.Inbox;

/// <summary>How far a pushed record has come.</summary>
public enum InboxStatus
{
    Received,
    Done,
    Dead,
}
