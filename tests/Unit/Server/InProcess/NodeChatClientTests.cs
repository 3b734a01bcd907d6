using Microsoft.Extensions.AI;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.InProcess;
using UnifiedVlm.Tests.Unit.Actors.Queries;
using ModelRole = UnifiedVlm.Model.Prompts.ChatRole;

namespace UnifiedVlm.Tests.Unit.Server.InProcess;

/// <summary>The interfaces of Microsoft.Extensions.AI over the query service of the same process.</summary>
public sealed class NodeChatClientTests : IAsyncDisposable
{
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system = new("test");

    public async ValueTask DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task A_conversation_is_continued_with_its_roles_and_pictures()
    {
        backend.Tokens.AddRange(["A ", "cat."]);
        using var chat = Client(fromDocuments: false);
        var response = await chat.GetResponseAsync(
            [
                new ChatMessage(ChatRole.User, "Hello."), new ChatMessage(ChatRole.Assistant, "Hello!"),
                new ChatMessage(ChatRole.User, [new TextContent("What is it?"), new DataContent(new byte[] { 1, 2 }, "image/png")]),
            ],
            new ChatOptions { Instructions = "Be brief.", MaxOutputTokens = 20 });
        Assert.Equal("A cat.", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(2, response.Usage!.OutputTokenCount);
        Assert.Equal([ModelRole.System, ModelRole.User, ModelRole.Assistant, ModelRole.User], backend.LastTurns!.Select(static turn => turn.Role));
        Assert.Equal(new byte[] { 1, 2 }, Assert.IsType<InlineImage>(Assert.IsType<ImagePart>(backend.LastTurns![3].Parts[1]).Source).Data.ToArray());
    }

    [Fact]
    public async Task An_answer_from_documents_comes_with_what_it_cites()
    {
        backend.Add(FakeBackend.Document("a", "apple") with { Title = "Apples" }, part: 1, text: 1);
        backend.Tokens.AddRange(["Apples are red ", "[1]", "."]);
        using var chat = Client(fromDocuments: true);
        var response = await chat.GetResponseAsync("apple");
        Assert.Equal("Apples are red [1].", response.Text);
        var citation = Assert.IsType<CitationAnnotation>(Assert.Single(response.Messages.Single().Contents.SelectMany(static content => content.Annotations ?? [])));
        Assert.Equal(("a", "Apples", 1), (citation.FileId, citation.Title, citation.AdditionalProperties!["number"]));
    }

    [Fact]
    public async Task Leaving_the_stream_ends_the_generation()
    {
        backend.Tokens.AddRange(Enumerable.Repeat("x", 500));
        var queries = QueryService.Start(system, "query", backend, backend, backend, backend, new QueryOptions { Actors = 1, EventBuffer = 1 });
        using var chat = new NodeChatClient(queries, "tiny", "acme", null, fromDocuments: false);
        await foreach (var update in chat.GetStreamingResponseAsync("apple"))
        {
            if (update.Text.Length > 0)
                break;
        }

        // The only actor is free again when the generation has ended.
        await queries.SearchAsync(new SearchRequest("acme", FakeBackend.Document("q", "apple")), default);
        Assert.Equal(1, backend.GenerationsEnded);
    }

    [Fact]
    public async Task What_the_model_does_not_do_is_refused()
    {
        using var chat = Client(fromDocuments: false);
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync("a", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync([new ChatMessage(ChatRole.Tool, "a")]));
        await Assert.ThrowsAsync<ArgumentException>(() => chat.GetResponseAsync([]));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync("a", new ChatOptions { ModelId = "another" }));
        await chat.GetResponseAsync("a", new ChatOptions { ModelId = "tiny", StopSequences = ["END"] });
    }

    [Fact]
    public async Task An_answer_from_documents_takes_a_question_and_no_stop_sequences()
    {
        using var chat = Client(fromDocuments: true);
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync("a", new ChatOptions { StopSequences = ["END"] }));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync([new ChatMessage(ChatRole.User, "a"), new ChatMessage(ChatRole.Assistant, "b")]));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync([new ChatMessage(ChatRole.System, "a")]));
        Assert.Null(backend.LastEvidence);
        await chat.GetResponseAsync("a", new ChatOptions { StopSequences = [] });
    }

    [Theory]
    [InlineData(null, null, 0f)]
    [InlineData(0.5f, null, 0.5f)]
    [InlineData(null, 0.9f, 1f)]
    public void Tokens_are_chosen_as_the_caller_says_and_else_as_for_whoever_answers(float? temperature, float? topP, float expected)
    {
        var options = new ChatOptions { Temperature = temperature, TopP = topP };
        Assert.Equal(expected, ConversationReader.Read([new ChatMessage(ChatRole.User, "a")], options, "acme", longest: 10, temperature: 0).Sampling.Temperature);
    }

    [Fact]
    public async Task Each_input_gets_its_vector_and_the_tokens_are_counted()
    {
        using var generator = new NodeEmbeddingGenerator<string>(Queries(), "tiny", static text => FakeBackend.Document("d", text));
        var embeddings = await generator.GenerateAsync(Enumerable.Range(0, 100).Select(static i => $"apple {i}"));
        Assert.Equal(100, embeddings.Count);
        Assert.All(embeddings, static embedding => Assert.Equal(FakeBackend.Dimension, embedding.Dimensions));
        Assert.Equal(100, embeddings.Usage!.InputTokenCount);
        await Assert.ThrowsAsync<NotSupportedException>(() => generator.GenerateAsync(["apple"], new EmbeddingGenerationOptions { ModelId = "another" }));
    }

    private QueryService Queries() => QueryService.Start(system, "query", backend, backend, backend, backend);

    private NodeChatClient Client(bool fromDocuments) => new(Queries(), "tiny", "acme", null, fromDocuments);
}
