namespace UnifiedVlm.Chaos.Checking;

/// <summary>The cluster knows the nodes that run, and nobody else.</summary>
internal static class MemberCheck
{
    private const string Sql = "SELECT name FROM uvlm.member WHERE expires_at > clock_timestamp() AND state = 'ready' ORDER BY name";

    /// <summary>Names of the members that others may send requests to.</summary>
    public static Task<List<string>> ReadAsync(StoreReader reader) => reader.RowsAsync(Sql, static r => r.GetString(0));

    /// <param name="running">Names of the nodes that run.</param>
    public static void Compare(IReadOnlyCollection<string> members, IReadOnlyCollection<string> running, CheckReport report)
    {
        foreach (var name in running.Except(members))
            report.Add(DamageKind.WrongMembers, $"{name} runs and is no member that is ready");
        foreach (var name in members.Except(running))
            report.Add(DamageKind.WrongMembers, $"{name} is a member and does not run");
    }
}
