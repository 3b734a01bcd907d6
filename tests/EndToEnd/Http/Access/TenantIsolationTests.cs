using System.Net;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>Whatever a tenant's key asks for, over every route that the node has: nothing of another tenant comes back or changes.</summary>
[Collection(KeyedNodeCollection.Name)]
public sealed class TenantIsolationTests(KeyedNode shared) : IAsyncLifetime
{
    private readonly string run = Guid.NewGuid().ToString("N")[..12];
    private string key = null!;
    private TenantBelongings own = null!;
    private TenantBelongings other = null!;

    private IEnumerable<string> KeyedRoutes => shared.Routes.Keys.Where(static route => route.Contains(" /v1/", StringComparison.Ordinal) || route.Contains(" /v2/", StringComparison.Ordinal));

    public async Task InitializeAsync()
    {
        key = await shared.CreateTenantKeyAsync($"own-{run}");
        own = await FillAsync($"own-{run}", key);
        other = await FillAsync($"other-{run}", await shared.CreateTenantKeyAsync($"other-{run}"));
        await UntilTakenUpAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void Every_route_is_known_here_and_only_pages_and_probes_are_open()
    {
        Assert.True(shared.Routes.Count > 20, $"{shared.Routes.Count} routes");
        var open = shared.Routes.Where(static route => route.Value == "no key").Select(static route => route.Key).ToList();
        Assert.DoesNotContain(open, static route => route.Contains("/v1/", StringComparison.Ordinal));
        Assert.Superset(RouteAttempts.Open.ToHashSet(), open.ToHashSet());
        // What is beside /v1 and no probe is a page: without a parameter, and to be read only.
        Assert.All(open.Except(RouteAttempts.Open), static route => Assert.Matches(@"^GET /[a-z./-]*$", route));
        Assert.All(KeyedRoutes, route => Assert.True(
            RouteAttempts.WithoutTenant.Contains(route) || RouteAttempts.OfAllTenants.Contains(route) || RouteAttempts.Of(route, other, null) is not null,
            $"{route} is new: enter in {nameof(RouteAttempts)} how another tenant's belongings could be reached over it."));
    }

    [Fact]
    public async Task By_their_ids_nothing_of_another_tenant_is_reached()
    {
        var before = await RowsAsync(other.Tenant);
        foreach (var route in KeyedRoutes)
        {
            foreach (var attempt in RouteAttempts.Of(route, other, named: null) ?? [])
            {
                var reply = await SendAsync(attempt);
                Assert.True((int)reply.Status is >= 200 and < 300 or 400 or 404, $"{route} {attempt.Path}: {(int)reply.Status} {reply.Body}");
                AssertSilent(route, reply);
            }

            await UntilTakenUpAsync();
        }

        // What was pushed went to the sender's own tenant.
        Assert.Equal(before, await RowsAsync(other.Tenant));
        Assert.Equal(0, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.document WHERE tenant = 'default' AND id LIKE '%{run}%'"));
        Assert.Equal([own.Tenant], await shared.Database.RowsAsync($"SELECT DISTINCT tenant FROM uvlm.document WHERE id = '{other.DocumentId}' AND tenant <> '{other.Tenant}'"));
    }

    [Fact]
    public async Task A_document_that_shows_another_tenants_picture_is_a_dead_letter_of_its_own()
    {
        var position = await shared.StoreAsync(key, $$"""{"id":"thief","parts":[{"type":"image","blob":"{{other.Blob}}"}]}""");
        var status = (await shared.SendAsync(key, HttpMethod.Get, $"/v1/inbox/{position}")).Json;
        Assert.Equal(("dead", "parts[0].blob"), ((string?)status["status"], (string?)status["dead"]!["field"]));
        Assert.Equal([own.Tenant], await shared.Database.RowsAsync("SELECT tenant FROM uvlm.dead_letter WHERE document_id = 'thief'"));
        Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(key, HttpMethod.Get, $"/v1/dead-letters/{status["dead"]!["number"]}")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_names_another_tenant_is_refused_by_the_field(bool isDefault)
    {
        var named = isDefault ? "default" : other.Tenant;
        var before = (await RowsAsync(other.Tenant), await RowsAsync("default"), await RowsAsync(own.Tenant));
        foreach (var route in KeyedRoutes)
        {
            foreach (var attempt in RouteAttempts.Of(route, other, named) ?? [])
            {
                var reply = await SendAsync(attempt);
                Assert.True(reply.Status == HttpStatusCode.Forbidden, $"{route} {attempt.Path} {attempt.Body}: {(int)reply.Status} {reply.Body}");
                if (attempt.Method != HttpMethod.Head)
                    Assert.EndsWith("tenant", (string?)(reply.Json["field"] ?? reply.Json["error"]!["param"]), StringComparison.Ordinal);
                AssertSilent(route, reply);
            }
        }

        Assert.Equal(before, (await RowsAsync(other.Tenant), await RowsAsync("default"), await RowsAsync(own.Tenant)));
    }

    [Fact]
    public async Task To_name_its_own_tenant_or_none_is_the_same()
    {
        foreach (var tenant in (string?[])[null, own.Tenant])
        {
            var only = tenant is null ? "" : $"?tenant={tenant}";
            foreach (var path in (string[])[$"/v1/inbox/{own.Position}{only}", $"/v1/blobs/{own.Blob}{only}", $"/v1/dead-letters/{own.Letter}{only}"])
                Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(key, HttpMethod.Get, path)).Status);
            Assert.Contains(own.DocumentId, (await shared.SendAsync(key, HttpMethod.Get, $"/v1/documents?collection=c{(tenant is null ? "" : $"&tenant={tenant}")}")).Body, StringComparison.Ordinal);
            Assert.Contains(own.Marker, (await SendAsync(RouteAttempts.Of("POST /v1/search", own, tenant)![0])).Body, StringComparison.Ordinal);
            foreach (var chat in RouteAttempts.Of("POST /v1/chat/completions", own, tenant)!)
                Assert.Equal(HttpStatusCode.OK, (await SendAsync(chat)).Status);
        }
    }

    [Fact]
    public async Task What_is_of_all_tenants_is_not_for_the_key_of_one()
    {
        var all = await shared.CreateKeyAsync("--all-tenants", "--scope", "read", "--scope", "admin");
        foreach (var route in RouteAttempts.OfAllTenants)
        {
            var path = route.Split(' ')[1];
            Assert.Equal(HttpStatusCode.Forbidden, (await shared.SendAsync(key, HttpMethod.Get, path)).Status);
            Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(all, HttpMethod.Get, path)).Status);
        }

        // Such a key names whom it means, as where no keys are asked for.
        foreach (var tenant in (TenantBelongings[])[own, other])
            Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(all, HttpMethod.Get, $"/v1/dead-letters/{tenant.Letter}?tenant={tenant.Tenant}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await shared.SendAsync(all, HttpMethod.Get, $"/v1/dead-letters/{own.Letter}")).Status);
    }

    private Task<Reply> SendAsync(Attempt attempt) => shared.SendAsync(key, attempt.Method, attempt.Path, attempt.Body, attempt.MediaType, attempt.Headers);

    private Task UntilTakenUpAsync() => shared.Database.UntilAsync(
        """
        SELECT NOT EXISTS (SELECT FROM uvlm.inbox WHERE status = 'received') AND NOT EXISTS (SELECT FROM uvlm.replay)
            AND NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')
        """, () => shared.Node.Process.Output);

    private void AssertSilent(string route, Reply reply)
    {
        foreach (var secret in (string[])[other.Marker, other.Tenant])
            Assert.False(reply.Body.Contains(secret, StringComparison.Ordinal), $"{route} tells of the other tenant: {reply.Body}");
    }

    private async Task<TenantBelongings> FillAsync(string tenant, string tenantKey)
    {
        var (id, marker) = ($"doc-{tenant}"[..8] + run, $"zz{Guid.NewGuid():N}");
        var position = await shared.StoreAsync(tenantKey, $$"""{"id":"{{id}}","collection":"c","parts":[{"type":"text","text":"harbour words {{marker}}"}]}""");
        using var upload = new HttpRequestMessage(HttpMethod.Post, "/v1/blobs") { Content = new ByteArrayContent(Pictures.Png(tenant.GetHashCode(StringComparison.Ordinal))) };
        upload.Headers.Add("X-Api-Key", tenantKey);
        using var uploaded = await shared.Node.Http.SendAsync(upload);
        var blob = (string)System.Text.Json.Nodes.JsonNode.Parse(await uploaded.Content.ReadAsStringAsync())!["sha256"]!;
        var letter = await shared.Database.ScalarAsync<long>($$"""
            INSERT INTO uvlm.dead_letter (tenant, document_id, group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names, header_values, is_whole)
            VALUES ('{{tenant}}', '{{id}}', 'uvlm', 'some-log', 'documents', 0, 1, 'decode', '{{marker}}', '{{marker}}', '', convert_to('{{marker}}', 'UTF8'), '{}', '{}', true)
            RETURNING id
            """);
        var subscription = await shared.SendAsync(tenantKey, HttpMethod.Post, "/v1/subscriptions", $$"""{"text":"harbour words {{marker}}","threshold":0.99}""");
        Assert.Equal(HttpStatusCode.Created, subscription.Status);
        return new TenantBelongings(tenant, marker, id, blob, position, letter, Guid.Parse((string)subscription.Json["id"]!));
    }

    /// <summary>All rows of the tenant in every table that has tenants.</summary>
    private async Task<string> RowsAsync(string tenant)
    {
        var tables = await shared.Database.RowsAsync("SELECT table_name FROM information_schema.columns WHERE table_schema = 'uvlm' AND column_name = 'tenant' AND table_name <> 'api_key' ORDER BY 1");
        var rows = new List<string>();
        foreach (var table in tables)
            rows.AddRange((await shared.Database.RowsAsync($"SELECT t::text FROM uvlm.{table} t WHERE tenant = '{tenant}' ORDER BY 1")).Select(row => $"{table}: {row}"));
        return string.Join('\n', rows);
    }
}
