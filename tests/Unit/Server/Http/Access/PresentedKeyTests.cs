using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class PresentedKeyTests
{
    private static readonly string Key = ApiKeySecret.Create().Reveal();

    [Fact]
    public void A_key_comes_in_any_of_three_headers()
    {
        foreach (var (name, value) in ((string, string)[])[("Authorization", $"Bearer {Key}"), ("Authorization", $"bearer  {Key} "), ("X-Api-Key", Key), ("api-key", Key)])
            Assert.Equal(Key, Read((name, value)).Reveal());
    }

    [Fact]
    public void A_request_without_one_and_one_that_is_none_are_told_apart_and_not_repeated()
    {
        Assert.True(Assert.Throws<KeyRefusedException>(() => Read()).IsMissing);
        foreach (var value in (string[])["Bearer", "Bearer none", $"Basic {Key}", Key, $"Bearer {Key}0", $"Bearer {Key.ToUpperInvariant()}", $"Bearer {Key[..^1]}g", $"Bearer {Key}, Bearer {Key}"])
        {
            var refused = Assert.Throws<KeyRefusedException>(() => Read(("Authorization", value)));
            Assert.False(refused.IsMissing);
            Assert.DoesNotContain(Key[20..], refused.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void A_secret_does_not_show_itself()
    {
        var secret = ApiKeySecret.Create();
        Assert.Equal($"uvlm_{secret.Id}_***", $"{secret}");
        Assert.Matches("^uvlm_[0-9a-f]{12}_[0-9a-f]{64}$", secret.Reveal());
        Assert.NotEqual(secret.Reveal(), ApiKeySecret.Create().Reveal());
    }

    private static ApiKeySecret Read(params (string Name, string Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        foreach (var (name, value) in headers)
            request.Headers[name] = value;
        return PresentedKey.Read(request);
    }
}
