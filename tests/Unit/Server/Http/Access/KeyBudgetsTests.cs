using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class KeyBudgetsTests
{
    private readonly ManualTime time = new();
    private readonly KeyBudgets budgets;

    public KeyBudgetsTests() => budgets = new KeyBudgets(time);

    [Fact]
    public void A_key_without_limits_has_no_budget() => Assert.Null(budgets.For(Key("a", null, null)));

    [Fact]
    public void Requests_beyond_the_limit_are_sent_back_with_the_time_to_come_again()
    {
        Assert.Equal(("2", "1"), Enter("a", requests: 2));
        Enter("a", requests: 2);
        var failure = HttpFailure.From(Assert.Throws<RateLimitedException>(() => Enter("a", requests: 2)))!;
        Assert.Equal((429, TimeSpan.FromSeconds(30)), (failure.Status, failure.RetryAfter));
        // Another key's are its own.
        Enter("b", requests: 2);

        time.Advance(TimeSpan.FromSeconds(30));
        Enter("a", requests: 2);
    }

    [Fact]
    public void Tokens_are_charged_afterwards_and_their_debt_keeps_the_key_out()
    {
        var key = Key("a", null, 60);
        var caller = new Caller(key, budgets.For(key));
        caller.Charge(59);
        budgets.For(key)!.Enter(new HeaderDictionary());
        caller.Charge(61);
        var headers = new HeaderDictionary();
        Assert.Equal(TimeSpan.FromSeconds(61), Assert.Throws<RateLimitedException>(() => budgets.For(key)!.Enter(headers)).RetryAfter);
        Assert.Equal(("60", "0", "120s"), ((string?)headers["x-ratelimit-limit-tokens"], (string?)headers["x-ratelimit-remaining-tokens"], (string?)headers["x-ratelimit-reset-tokens"]));
        time.Advance(TimeSpan.FromSeconds(61));
        budgets.For(key)!.Enter(headers);
    }

    [Fact]
    public void Budgets_of_many_keys_are_forgotten_only_when_they_are_full()
    {
        Enter("debtor", requests: 1);
        foreach (var i in Enumerable.Range(0, 5000))
            Assert.NotNull(budgets.For(Key($"{i}", 10, null)));
        Assert.Throws<RateLimitedException>(() => Enter("debtor", requests: 1));
    }

    private (string? Limit, string? Left) Enter(string id, int requests)
    {
        var headers = new HeaderDictionary();
        budgets.For(Key(id, requests, null))!.Enter(headers);
        return (headers["x-ratelimit-limit-requests"], headers["x-ratelimit-remaining-requests"]);
    }

    private static ApiKey Key(string id, int? requests, int? tokens) => new(id, "test", null, KeyScopes.Read, requests, tokens, default, null, null, null);
}
