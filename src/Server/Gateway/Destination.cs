using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Gateway;

/// <summary>A node that requests are passed on to. All but what never changes belongs to the <see cref="DestinationTable"/>, under its lock.</summary>
/// <param name="isSelf">The gateway itself, where it works too.</param>
internal sealed class Destination(Member member, bool isSelf)
{
    private CancellationTokenSource gone = new();
    private readonly HashSet<Passage> passages = [];

    public string Name { get; } = member.Info.Name;

    public long Epoch { get; } = member.Epoch;

    public string Address { get; } = member.Info.HttpAddress?.ToString() ?? "";

    public bool IsSelf { get; } = isSelf;

    /// <inheritdoc cref="Passage.Gone"/>
    public CancellationToken Gone => gone.Token;

    public Member Report { get; private set; } = member;

    /// <summary>Null: not. Otherwise since when it is no member any more, without having left.</summary>
    public long? LostAt { get; set; }

    /// <summary>When it last failed to answer; null: it did not.</summary>
    public long? FailedAt { get; set; }

    public bool IsReady => Report.State == MemberState.Ready;

    /// <summary>Tokens of questions that it has room for: what it has reported less what was sent since.</summary>
    public long FreeTokens => Report.Load.FreeQueryTokens - Since.Tokens;

    public int FreeGenerations => Report.Load.FreeGenerations - Since.Generations;

    public int Requests => Report.Load.Requests + Since.Requests;

    /// <summary>What was sent since the report and is still under way.</summary>
    private (long Tokens, int Generations, int Requests) Since { get; set; }

    public bool Serves(RequestKind kind) => (Report.Info.Roles & (kind == RequestKind.Other ? ClusterOptions.Working : NodeRoles.Query)) != NodeRoles.None;

    /// <summary>Whatever the other serves, this one does.</summary>
    public bool CanReplace(Destination other) => !other.Serves(RequestKind.Question) || Serves(RequestKind.Question);

    public bool HasRoom(RequestKind kind) => kind switch
    {
        RequestKind.Question => FreeTokens > 0,
        RequestKind.Generation => FreeGenerations > 0 && FreeTokens > 0,
        _ => true,
    };

    /// <summary>Larger where a request of the kind waits less.</summary>
    public long Room(RequestKind kind) => kind switch
    {
        RequestKind.Question => FreeTokens,
        RequestKind.Generation => FreeGenerations,
        _ => -Requests,
    };

    /// <param name="isCounted">It was begun after the report, so that the report does not know of it.</param>
    public void Take(Member report, Func<Passage, bool> isCounted)
    {
        Report = report;
        LostAt = null;
        if (gone.IsCancellationRequested)
            gone = new CancellationTokenSource();
        Since = default;
        foreach (var passage in passages)
        {
            passage.IsCounted = isCounted(passage);
            Count(passage, 1);
        }
    }

    public void Add(Passage passage)
    {
        passages.Add(passage);
        Count(passage, 1);
    }

    public void Remove(Passage passage)
    {
        passages.Remove(passage);
        Count(passage, -1);
    }

    public void GiveUp() => gone.Cancel();

    private void Count(Passage passage, int sign)
    {
        if (!passage.IsCounted)
            return;
        var (tokens, generations, requests) = Since;
        Since = (tokens + (sign * passage.Request.Tokens), generations + (passage.Request.Kind == RequestKind.Generation ? sign : 0), requests + sign);
    }
}
