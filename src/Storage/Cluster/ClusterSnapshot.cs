using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>A cluster at one moment, as the database knows it.</summary>
/// <param name="Members">Those that have gone in the last hour too: their <see cref="Member.ExpiresIn"/> is zero or less.</param>
/// <param name="Offsets">Where groups stand in their logs.</param>
/// <param name="Inbox">What each group that reads the inbox has not taken up yet.</param>
/// <param name="DeadLetters">All there are.</param>
/// <param name="RecentDeadLetters">Of the last hour.</param>
/// <param name="ClockDifference">How far the database's clock is ahead of this program's.</param>
/// <param name="ReadTime">How long the database took to answer: the difference is known to half of it.</param>
public sealed record ClusterSnapshot(
    IReadOnlyList<Member> Members,
    IReadOnlyList<HeldLease> Leases,
    IReadOnlyList<OffsetStatus> Offsets,
    IReadOnlyDictionary<string, InboxLoad> Inbox,
    long DeadLetters,
    long RecentDeadLetters,
    WaitingEvents Events,
    IReadOnlyList<IndexGeneration> Generations,
    TimeSpan ClockDifference,
    TimeSpan ReadTime);
