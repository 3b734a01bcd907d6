using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>In whose words a failure is told.</summary>
public sealed class OpenAiPathTests
{
    [Theory]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/V1/Embeddings/", true)]
    [InlineData("/v1/models/gpt-4", true)]
    [InlineData("/v1/responses", true)]
    [InlineData("/v2/rerank", true)]
    [InlineData("/v1/search", false)]
    [InlineData("/v1/modelsandmore", false)]
    [InlineData("/v2/search", false)]
    [InlineData("", false)]
    public void Paths_of_OpenAIs_clients_are_known_whether_they_are_served_or_not(string path, bool isOpenAi) => Assert.Equal(isOpenAi, OpenAiPath.Is(path));

    [Theory]
    [InlineData("POST", "/v1/responses", StatusCodes.Status404NotFound)]
    [InlineData("GET", "/v1/embeddings", StatusCodes.Status405MethodNotAllowed)]
    [InlineData("POST", "/v1/nothing", StatusCodes.Status404NotFound)]
    public async Task What_the_routing_refuses_there_is_told_as_they_read_it(string method, string path, int status)
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = body, StatusCode = status } };
        await HttpFailure.OfBareStatus(context)!.WriteAsync(context);
        var told = JsonNode.Parse(Encoding.UTF8.GetString(body.ToArray()))!;
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Contains(path, (string)(path == "/v1/nothing" ? told["detail"] : told["error"]!["message"])!, StringComparison.Ordinal);
    }
}
