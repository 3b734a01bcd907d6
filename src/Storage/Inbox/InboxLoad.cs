namespace UnifiedVlm.Storage.Inbox;

/// <summary>What waits in the inbox for a group: records it has not written yet, and their payloads' bytes.</summary>
public readonly record struct InboxLoad(long Rows, long Bytes);
