using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class CallerTests
{
    [Fact]
    public void A_key_of_a_tenant_stands_for_that_tenant_alone()
    {
        var caller = Of("a", KeyScopes.All);
        Assert.Equal(("a", "a", "a"), (caller.TenantOf(null), caller.TenantOf("a"), caller.Reading(new DocumentReadOptions()).DefaultTenant));
        foreach (var other in (string[])["b", "A", "", InterleavedDocument.DefaultTenant])
        {
            var failure = HttpFailure.From(Assert.Throws<TenantRefusedException>(() => caller.TenantOf(other, "x.tenant")))!;
            Assert.Equal((403, "x.tenant"), (failure.Status, failure.Field));
        }
    }

    [Fact]
    public void Who_may_touch_all_tenants_names_one_or_means_the_default()
    {
        foreach (var caller in (Caller[])[Of(null, KeyScopes.Read), Caller.Anyone])
        {
            Assert.Equal((InterleavedDocument.DefaultTenant, "b"), (caller.TenantOf(null), caller.TenantOf("b")));
            Assert.Equal(InterleavedDocument.DefaultTenant, caller.Reading(new DocumentReadOptions()).DefaultTenant);
        }
    }

    [Fact]
    public void A_rule_asks_for_one_of_its_scopes_and_where_it_says_so_for_all_tenants()
    {
        var rule = new AccessRule(KeyScopes.Write | KeyScopes.Admin, AllTenants: true);
        rule.Check(Of(null, KeyScopes.Admin));
        rule.Check(Of(null, KeyScopes.Write));
        rule.Check(Caller.Anyone);
        Assert.Contains("write or admin", Assert.Throws<AccessDeniedException>(() => rule.Check(Of(null, KeyScopes.Read))).Message, StringComparison.Ordinal);
        Assert.Contains("--all-tenants", Assert.Throws<AccessDeniedException>(() => rule.Check(Of("a", KeyScopes.All))).Message, StringComparison.Ordinal);
        Assert.Equal("a key of all tenants with write or admin", rule.ToString());
    }

    private static Caller Of(string? tenant, KeyScopes scopes) => new(new ApiKey("1", "test", tenant, scopes, null, null, default, null, null, null), budget: null);
}
