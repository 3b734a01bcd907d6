using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Gateway;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>What may be sent twice, and what it takes of a node.</summary>
public sealed class RoutedRequestTests
{
    [Theory]
    [InlineData("GET", "/v1/documents", true, true)]
    [InlineData("HEAD", "/v1/blobs/0", true, true)]
    [InlineData("OPTIONS", "/v1/search", true, true)]
    [InlineData("POST", "/v1/search", true, true)]
    [InlineData("POST", "/v1/answer", true, true)]
    [InlineData("POST", "/v1/chat/completions", true, true)]
    [InlineData("POST", "/v1/embeddings/", true, true)]
    [InlineData("POST", "/V1/rerank", true, true)]
    [InlineData("POST", "/v2/rerank", true, true)]
    [InlineData("POST", "/v1/blobs", true, true)]
    [InlineData("POST", "/v1/documents", false, true)]
    [InlineData("POST", "/v1/dead-letters/replay", false, false)]
    [InlineData("POST", "/v1/subscriptions", false, false)]
    [InlineData("DELETE", "/v1/subscriptions/a", false, false)]
    [InlineData("DELETE", "/v1/documents/a", false, true)]
    [InlineData("DELETE", "/v1/documents/a/b", false, true)]
    [InlineData("PUT", "/v1/search", false, false)]
    public void Questions_and_what_is_safe_may_be_sent_twice_pushes_and_deletions_with_a_key(string method, string path, bool mayRepeat, bool withKey)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path) = (method, path);
        Assert.Equal(mayRepeat, RoutedRequest.Read(context.Request).MayRepeat);
        context.Request.Headers["Idempotency-Key"] = "k";
        Assert.Equal(withKey, RoutedRequest.Read(context.Request).MayRepeat);
    }

    [Theory]
    [InlineData("/v1/search", nameof(RequestKind.Question), false)]
    [InlineData("/v1/rerank", nameof(RequestKind.Question), true)]
    [InlineData("/v2/rerank", nameof(RequestKind.Question), true)]
    [InlineData("/v1/responses", nameof(RequestKind.Other), true)]
    [InlineData("/v1/answer", nameof(RequestKind.Generation), false)]
    [InlineData("/v1/chat/completions", nameof(RequestKind.Generation), true)]
    [InlineData("/v1/subscriptions", nameof(RequestKind.Question), false)]
    [InlineData("/v1/documents", nameof(RequestKind.Other), false)]
    public void What_a_request_takes_follows_from_its_path(string path, string kind, bool isOpenAi)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path) = ("POST", path);
        var request = RoutedRequest.Read(context.Request);
        Assert.Equal((kind, isOpenAi, false), (request.Kind.ToString(), request.IsOpenAi, request.IsOwn));
    }

    [Fact]
    public void A_gateway_answers_for_its_own_health()
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path) = ("GET", "/health");
        Assert.True(RoutedRequest.Read(context.Request).IsOwn);
        context.Request.Path = "/alive";
        Assert.True(RoutedRequest.Read(context.Request).IsOwn);
        context.Request.Path = "/v1/status";
        Assert.False(RoutedRequest.Read(context.Request).IsOwn);
    }
}
