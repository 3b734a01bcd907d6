using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class KeyRingTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly Dictionary<string, StoredApiKey> stored = [];
    private readonly KeyRing ring;
    private int lookUps;

    public KeyRingTests() => ring = new KeyRing(
        (id, _) =>
        {
            lookUps++;
            return Task.FromResult(stored.GetValueOrDefault(id));
        },
        time);

    public void Dispose() => ring.Dispose();

    [Fact]
    public async Task A_key_is_looked_up_once_while_it_is_fresh_and_a_revoked_one_ends_within_five_seconds()
    {
        var secret = Add();
        for (var i = 0; i < 3; i++)
            Assert.Equal(secret.Id, (await ProveAsync(secret)).Id);
        Assert.Equal(1, lookUps);

        stored.Clear();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await Assert.ThrowsAsync<KeyRefusedException>(() => ProveAsync(secret))).IsMissing);
    }

    [Fact]
    public async Task The_id_alone_proves_nothing()
    {
        var secret = Add();
        var forged = ApiKeySecret.Create().Reveal();
        Assert.True(ApiKeySecret.TryParse($"uvlm_{secret.Id}{forged[17..]}", out var other));
        await Assert.ThrowsAsync<KeyRefusedException>(() => ProveAsync(other));
        await ProveAsync(secret);
        await Assert.ThrowsAsync<KeyRefusedException>(() => ProveAsync(other));
    }

    [Fact]
    public async Task Made_up_keys_do_not_push_out_those_that_are_used_and_a_new_key_works_at_once()
    {
        var secret = Add();
        await ProveAsync(secret);
        var late = ApiKeySecret.Create();
        await Assert.ThrowsAsync<KeyRefusedException>(() => ProveAsync(late));
        for (var i = 0; i < 3000; i++)
            await Assert.ThrowsAsync<KeyRefusedException>(() => ProveAsync(ApiKeySecret.Create()));
        var before = lookUps;
        await ProveAsync(secret);
        Assert.Equal(before, lookUps);

        Add(late);
        await ProveAsync(late);
    }

    [Fact]
    public async Task More_keys_than_are_remembered_are_looked_up_again()
    {
        var secrets = Enumerable.Range(0, 1500).Select(_ => Add()).ToList();
        foreach (var secret in secrets)
            await ProveAsync(secret);
        foreach (var secret in secrets)
            Assert.Equal(secret.Id, (await ProveAsync(secret)).Id);
        Assert.True(lookUps > secrets.Count, $"{lookUps} look-ups");
    }

    private ApiKeySecret Add(ApiKeySecret? made = null)
    {
        var secret = made ?? ApiKeySecret.Create();
        stored[secret.Id] = new StoredApiKey(new ApiKey(secret.Id, "test", null, KeyScopes.Read, null, null, default, null, null, null), secret.Digest);
        return secret;
    }

    private Task<ApiKey> ProveAsync(ApiKeySecret secret) => ring.ProveAsync(secret, CancellationToken.None);
}
