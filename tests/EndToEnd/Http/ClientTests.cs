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
        var status = await DecidedAsync(client, await client.PushAsync(Document("harbour", "The lighthouse stands at the harbour.")));
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
    public async Task It_finds_parts_missing_parts_and_documents_like_another_and_deletes()
    {
        using var client = Client();
        await DecidedAsync(client, await client.PushAsync(Document("tales/boat", "The boat leaves the harbour.", "A storm comes up.", "The boat is rescued.")));
        await DecidedAsync(client, await client.PushAsync(Document("other", "Corn is ground in a mill.", "Bread is baked.")));

        var parts = await client.SearchAsync(new SearchQuery("storm") { Mode = SearchMode.Parts, K = 3, Candidates = 77, EfSearch = 88 });
        Assert.Equal(("tales/boat", 1, "A storm comes up."), (parts.Parts![0].Id, parts.Parts[0].Part, parts.Parts[0].Text));
        Assert.Empty(parts.Hits);
        Assert.Equal((77, 88), (parts.Timings!.AskedCandidates, parts.Timings.EfSearch));

        SearchQuery sequence = new([new TextPart("The boat leaves the harbour."), new TextPart("The boat is rescued.")]);
        var missing = (await client.SearchAsync(sequence with { Mode = SearchMode.Missing, Gap = 1 })).Parts![0];
        Assert.Equal(("tales/boat", 1), (missing.Id, missing.Part));

        var like = await client.SearchAsync(SearchQuery.LikeDocument("tales/boat"));
        Assert.Equal("other", Assert.Single(like.Hits).Id);
        Assert.Empty((await client.SearchAsync(new SearchQuery("boat") { From = DateTimeOffset.UnixEpoch })).Hits);

        var gone = await DecidedAsync(client, await client.DeleteAsync("tales/boat"));
        Assert.Equal(("deleted", "tales/boat"), (gone.Status, gone.Id));
        Assert.Equal("other", Assert.Single((await client.SearchAsync(new SearchQuery("boat"))).Hits).Id);
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

    private static async Task<PushStatus> DecidedAsync(UnifiedVlmClient client, PushReceipt receipt)
    {
        PushStatus status;
        do
            status = await client.GetStatusAsync(receipt, TimeSpan.FromSeconds(10));
        while (!status.IsDecided);
        return status;
    }

    private static InterleavedDocument Document(string id, params string[] texts) => new() { Id = id, Parts = [.. texts.Select(static text => new TextPart(text))] };

    private UnifiedVlmClient Client() => new(shared.Node.Http.BaseAddress!, new UnifiedVlmClientOptions { Tenant = $"t{Guid.NewGuid():N}" });
}
