using Microsoft.Extensions.AI;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>The .NET client against a serving node.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class ClientTests(SharedNode shared)
{
    private const string Model = "uvlm-tiny";

    [Fact]
    public async Task It_pushes_learns_what_became_of_it_searches_and_answers()
    {
        using var client = Client();
        var receipt = await client.PushAsync(Document("harbour", "The lighthouse stands at the harbour."));
        PushStatus status;
        do
            status = await client.GetStatusAsync(receipt, TimeSpan.FromSeconds(10));
        while (!status.IsDecided);
        Assert.Equal(("indexed", "harbour"), (status.Status, status.Id));

        var hit = Assert.Single((await client.SearchAsync(new SearchQuery([new TextPart("lighthouse"), new ImagePart(new InlineImage(Pictures.Png(1)))]))).Hits);
        Assert.Equal("harbour", hit.Id);
        Assert.NotEmpty(hit.Matches);

        var updates = new List<AnswerUpdate>();
        await foreach (var update in client.AnswerAsync(new SearchQuery("Where is the lighthouse?") { MaxTokens = 16 }))
            updates.Add(update);
        Assert.Equal("harbour", Assert.Single(Assert.IsType<AnswerEvidence>(updates[0]).Hits).Id);
        Assert.Equal(Assert.IsType<AnswerEnd>(updates[^1]).Text, string.Concat(updates.OfType<AnswerText>().Select(static u => u.Text)));
    }

    [Fact]
    public async Task It_is_a_chat_client_and_an_embedding_generator()
    {
        using var client = Client();
        using var chat = client.AsChatClient(Model);
        ChatMessage[] messages = [new(ChatRole.User, [new DataContent(Pictures.Png(1), "image/png"), new TextContent("What is in the picture?")])];
        var options = new ChatOptions { Temperature = 0, MaxOutputTokens = 12 };
        var whole = await chat.GetResponseAsync(messages, options);
        var streamed = await chat.GetStreamingResponseAsync(messages, options).ToChatResponseAsync();
        Assert.Equal((whole.Text, whole.FinishReason, whole.Usage!.TotalTokenCount), (streamed.Text, streamed.FinishReason, streamed.Usage!.TotalTokenCount));

        using var words = client.AsEmbeddingGenerator(Model);
        using var documents = client.AsDocumentEmbeddingGenerator(Model);
        var word = (await words.GenerateAsync(["A cat."]))[0].Vector.ToArray();
        var document = (await documents.GenerateAsync([Document("x", "A cat.")]))[0].Vector.ToArray();
        Assert.Equal(1, word.Zip(document, static (a, b) => a * b).Sum(), 1e-4);
    }

    private static InterleavedDocument Document(string id, string text) => new() { Id = id, Parts = [new TextPart(text)] };

    private UnifiedVlmClient Client() => new(shared.Node.Http.BaseAddress!, new UnifiedVlmClientOptions { Tenant = $"t{Guid.NewGuid():N}" });
}
