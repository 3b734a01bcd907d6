using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>OpenAI's official client for Node, unchanged, against a serving node: openai-client.mjs says what it does.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class OpenAiClientTests(SharedNode shared)
{
    [Fact]
    public async Task It_lists_chats_streams_cites_embeds_and_understands_refusals()
    {
        var tenant = $"t{Guid.NewGuid():N}";
        await QuotedDocuments.PushAsync(shared, tenant);
        var said = JsonNode.Parse(await NodeScript.RunAsync(
            "Http/openai-client.mjs",
            Path.Combine(Uvlm.RepositoryRoot, "build", "openai-client"),
            new Uri(shared.Node.Http.BaseAddress!, "/v1").ToString(),
            "uvlm-tiny",
            $"data:image/png;base64,{Convert.ToBase64String(Pictures.Png(1))}",
            tenant,
            new JsonArray([.. QuotedDocuments.Questions.Select(static question => (JsonNode)question)]).ToJsonString()))!;
        Assert.Equal(["uvlm-tiny", "uvlm-tiny:documents"], said["models"]!.AsArray().Select(static id => (string?)id));
        var text = (string)said["chat"]!["text"]!;
        Assert.NotEmpty(text);
        Assert.InRange((int)said["chat"]!["tokens"]!, 1, 12);
        Assert.True(JsonNode.DeepEquals(said["chat"], said["stream"]), $"{said["chat"]} {said["stream"]}");
        Assert.Equal(text, (string?)said["helper"]);
        Assert.True((bool)said["left"]!);
        Assert.Contains(said["cited"]!.AsArray(), static answer => answer!["whole"] is JsonArray { Count: > 0 });
        Assert.All(said["cited"]!.AsArray(), static answer => Assert.True(JsonNode.DeepEquals(answer!["whole"], answer["stream"]), answer.ToJsonString()));
        Assert.Equal((3, 1.0, 1.0), ((int)said["embeddings"]!["count"]!, Math.Round((double)said["embeddings"]!["norm"]!, 3), Math.Round((double)said["embeddings"]!["same"]!, 3)));
        Assert.InRange((double)said["embeddings"]!["other"]!, -1, 0.999);
        Assert.Equal(
            ["NotFoundError 404 model_not_found model", "BadRequestError 400  n", "BadRequestError 400  n"],
            said["failures"]!.AsArray().Select(static f => $"{f!["name"]} {f["status"]} {f["code"]} {f["param"]}"));
    }
}
