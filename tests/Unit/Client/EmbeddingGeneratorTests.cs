using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using UnifiedVlm.Client;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>How many inputs go into a request.</summary>
public sealed class EmbeddingGeneratorTests
{
    [Theory]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task What_is_too_much_for_one_request_is_asked_for_in_smaller_ones_and_keeps_its_order(HttpStatusCode refusal)
    {
        var asked = new List<int>();
        FakeServer? server = null;
        server = new FakeServer(() =>
        {
            var inputs = Inputs(server!);
            asked.Add(inputs.Count);
            return inputs.Count > 3 ? FakeServer.Json("{}", refusal)() : Vectors(inputs);
        });
        var embeddings = await Generator(server).GenerateAsync(Enumerable.Range(0, 10).Select(static i => i.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal([10, 5, 2, 2, 2, 2, 2], asked);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (float)i), embeddings.Select(static embedding => embedding.Vector.Span[0]));
        Assert.Equal(10, embeddings.Usage!.InputTokenCount);
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task A_single_input_that_is_too_much_is_refused_and_not_sent_again(HttpStatusCode refusal)
    {
        var server = new FakeServer(FakeServer.Json("{}", refusal));
        Assert.Equal(refusal, (await Assert.ThrowsAsync<UnifiedVlmException>(() => Generator(server).GenerateAsync(["cats"]))).Status);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Large_inputs_share_no_request()
    {
        var asked = new List<int>();
        FakeServer? server = null;
        server = new FakeServer(() =>
        {
            var inputs = Inputs(server!);
            asked.Add(inputs.Count);
            return Vectors(inputs);
        });
        var large = "1" + new string(' ', 9 << 20);
        Assert.Equal(4, (await Generator(server).GenerateAsync([large, large, "2", large])).Count);
        Assert.Equal([1, 2, 1], asked);
    }

    private static IEmbeddingGenerator<string, Embedding<float>> Generator(FakeServer server) =>
        new UnifiedVlmClient(new HttpClient(server) { BaseAddress = new Uri("http://server") }, new() { RetryDelay = TimeSpan.FromMilliseconds(1) }).AsEmbeddingGenerator("m");

    private static JsonArray Inputs(FakeServer server) => JsonNode.Parse(server.Asked[^1].Body)!["input"]!.AsArray();

    /// <summary>The vector of a number's text is the number.</summary>
    private static HttpResponseMessage Vectors(JsonArray inputs)
    {
        var data = inputs.Select(static input => (JsonNode)new JsonObject
        {
            ["embedding"] = Convert.ToBase64String(BitConverter.GetBytes(float.Parse((string)input!, CultureInfo.InvariantCulture))),
        });
        return FakeServer.Json(new JsonObject
        {
            ["model"] = "m",
            ["data"] = new JsonArray([.. data]),
            ["usage"] = new JsonObject { ["prompt_tokens"] = inputs.Count, ["total_tokens"] = inputs.Count },
        }.ToJsonString())();
    }
}
