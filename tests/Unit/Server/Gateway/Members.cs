using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>Members as a beat brings them.</summary>
internal static class Members
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <param name="age">How long ago the node beat.</param>
    public static Member Of(
        string name, string address = "http://127.0.0.1:1", NodeRoles roles = NodeRoles.Ingest | NodeRoles.Query, MemberState state = MemberState.Ready, long tokens = 1000,
        int generations = 10, int requests = 0, long epoch = 1, double age = 0, bool hasDevice = true)
        => new(
            new MemberInfo(name, roles, new Uri(address), null, null, null, "1"), epoch, state, new MemberLoad(tokens, 1000, generations, requests, hasDevice), Lifetime - TimeSpan.FromSeconds(age));
}
