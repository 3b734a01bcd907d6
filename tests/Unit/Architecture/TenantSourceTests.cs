namespace UnifiedVlm.Tests.Unit.Architecture;

/// <summary>Whose a request is about is decided in one place.</summary>
public sealed class TenantSourceTests
{
    private const string DecidedIn = "src/Server/Http/Access/Caller.cs";

    private static readonly string[] Decisions = ["?? InterleavedDocument.DefaultTenant", "??= InterleavedDocument.DefaultTenant"];

    [Fact]
    public void No_route_falls_back_to_the_default_tenant_by_itself()
    {
        Assert.Contains(Decisions, decision => Repository.Read(DecidedIn).Contains(decision, StringComparison.Ordinal));
        Repository.AssertNone(Repository.Files("src/Server/Http", ".cs")
            .Where(file => file != DecidedIn && Decisions.Any(decision => Repository.Read(file).Contains(decision, StringComparison.Ordinal)))
            .Select(file => $"{file}: ask Caller.TenantOf, which knows whose the key is"));
    }
}
