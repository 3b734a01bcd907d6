using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Page;

/// <summary>The page of a node that asks for keys.</summary>
[Collection(KeyedNodeCollection.Name)]
public sealed class PageKeyTests(KeyedNode shared)
{
    [Fact]
    public async Task A_tenants_key_shows_the_tenants_own_and_nothing_else()
    {
        var tenant = $"p{Guid.NewGuid():N}";
        var key = await shared.CreateTenantKeyAsync(tenant);
        var mill = new JsonObject
        {
            ["id"] = "mill",
            ["title"] = "The mill",
            ["parts"] = new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = "The windmill grinds corn." },
                new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.Disc(2)), ["alt"] = "The mill's sign" }),
        };
        await shared.StoreAsync(key, mill.ToJsonString());
        await NodeScript.RunAsync(
            "Page/page.mjs", "tenant", Path.Combine(Uvlm.RepositoryRoot, "build", "browser"), shared.Node.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), tenant, shared.Data.Root, key);
    }
}
