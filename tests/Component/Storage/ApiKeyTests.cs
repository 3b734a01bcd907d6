using Npgsql;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class ApiKeyTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task A_key_is_found_by_its_id_proved_by_its_secret_and_nothing_of_the_secret_is_kept()
    {
        var (key, secret) = await CreateAsync(new("of a", "a", KeyScopes.Read | KeyScopes.Admin, RequestsPerMinute: 5, TokensPerMinute: 6, Lifetime: TimeSpan.FromDays(1)));
        Assert.Equal(("of a", "a", KeyScopes.Read | KeyScopes.Admin, 5, 6), (key.Name, key.Tenant, key.Scopes, key.RequestsPerMinute, key.TokensPerMinute));
        Assert.Equal(TimeSpan.FromDays(1), key.ExpiresAt - key.CreatedAt);

        var found = (await FindAsync(secret.Id))!;
        Assert.Equal(key, found.Key);
        Assert.True(found.IsProvedBy(secret));
        Assert.False(found.IsProvedBy(ApiKeySecret.Create()));
        Assert.Equal(0, await ScalarAsync<long>($"SELECT count(*) FROM uvlm.api_key k WHERE k::text LIKE '%{secret.Reveal()[18..]}%'"));
        Assert.Null(await FindAsync("ffffffffffff"));
    }

    [Fact]
    public async Task A_revoked_and_an_expired_key_are_listed_and_not_found()
    {
        Assert.False(await Store.Keys.AnyAsync(CancellationToken.None));
        var (expiring, _) = await CreateAsync(new("short", null, KeyScopes.Write, Lifetime: TimeSpan.FromDays(1)));
        var (revoked, _) = await CreateAsync(new("gone", null, KeyScopes.Write));
        Assert.True(await Store.Keys.AnyAsync(CancellationToken.None));

        await Store.Keys.RevokeAsync(revoked.Id, CancellationToken.None);
        await ExecuteAsync($"UPDATE uvlm.api_key SET expires_at = now() WHERE id = '{expiring.Id}'");
        Assert.Null(await FindAsync(revoked.Id));
        Assert.Null(await FindAsync(expiring.Id));
        Assert.False(await Store.Keys.AnyAsync(CancellationToken.None));
        Assert.Equal([(expiring.Id, false), (revoked.Id, true)], (await Store.Keys.ListAsync(CancellationToken.None)).Select(static k => (k.Id, k.RevokedAt is not null)));
        foreach (var id in (string[])[revoked.Id, "ffffffffffff"])
            await Assert.ThrowsAsync<ApiKeyNotFoundException>(() => Store.Keys.RevokeAsync(id, CancellationToken.None));
    }

    [Fact]
    public async Task The_last_use_is_noted_once_in_a_while_and_waits_for_nobody()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await CreateAsync(new($"{i}", null, KeyScopes.Read))).Key.Id);
        await ExecuteAsync($"UPDATE uvlm.api_key SET last_used_at = now() - interval '10 seconds' WHERE id = '{ids[1]}'");
        await using var other = await OpenAdminAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"SELECT FROM uvlm.api_key WHERE id = '{ids[2]}' FOR UPDATE", other))
            await hold.ExecuteNonQueryAsync();

        var lately = await RowsAsync(LastUse(1));

        await Store.Keys.NoteUsedAsync(ids, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(["True"], await RowsAsync($"SELECT last_used_at IS NOT NULL FROM uvlm.api_key WHERE id = '{ids[0]}'"));
        Assert.Equal(lately, await RowsAsync(LastUse(1)));
        Assert.Equal([""], await RowsAsync(LastUse(2)));

        string LastUse(int key) => $"SELECT last_used_at FROM uvlm.api_key WHERE id = '{ids[key]}'";
    }

    [Fact]
    public async Task A_scope_of_a_newer_program_means_nothing()
    {
        var (key, _) = await CreateAsync(new("k", null, KeyScopes.Read));
        await ExecuteAsync($"UPDATE uvlm.api_key SET scopes = ARRAY['read', 'tomorrow'] WHERE id = '{key.Id}'");
        Assert.Equal(KeyScopes.Read, (await FindAsync(key.Id))!.Key.Scopes);
    }

    private Task<(ApiKey Key, ApiKeySecret Secret)> CreateAsync(ApiKeyGrant grant) => Store.Keys.CreateAsync(grant, CancellationToken.None);

    private Task<StoredApiKey?> FindAsync(string id) => Store.Keys.FindAsync(id, CancellationToken.None);
}
