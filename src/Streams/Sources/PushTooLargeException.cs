using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Streams.Sources;

/// <summary>A push alone is more than may wait in the inbox at all: there would never be room for it.</summary>
public sealed class PushTooLargeException(InboxLoad push, InboxLimits limits)
    : Exception(
        $"$: has {push.Rows} documents and {push.Bytes} bytes; at most {limits.Rows} documents and {limits.Bytes} bytes may wait to be indexed. Split the batch; nothing was taken.");
