using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cluster;

/// <summary>A node of the cluster in GET /v1/status.</summary>
/// <param name="Address">Where others reach it; left out: nowhere.</param>
/// <param name="State">starting, ready or draining.</param>
/// <param name="FreeQueryTokens">Tokens of questions that it had room for at its last beat.</param>
/// <param name="FreeIngestTokens">Tokens of documents, likewise.</param>
/// <param name="FreeGenerations">Answers that it could have begun.</param>
/// <param name="Requests">HTTP requests under way, likewise.</param>
internal sealed record MemberStatus(
    string Name, IReadOnlyList<string> Roles, Uri? Address, string State, string Version, long FreeQueryTokens, long FreeIngestTokens, int FreeGenerations, int Requests)
{
    public static MemberStatus From(Member member) => new(
        member.Info.Name,
        [.. Enum.GetValues<NodeRoles>().Where(role => role != NodeRoles.None && member.Info.Roles.HasFlag(role)).Select(static role => role.ToString().ToLowerInvariant())],
        member.Info.HttpAddress, member.State.ToString().ToLowerInvariant(), member.Info.Version,
        member.Load.FreeQueryTokens, member.Load.FreeIngestTokens, member.Load.FreeGenerations, member.Load.Requests);
}
