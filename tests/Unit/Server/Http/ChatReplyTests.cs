using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What is counted of an answer, and how its citations are told.</summary>
public sealed class ChatReplyTests
{
    private static readonly AnswerEvent[] Refusal =
    [
        new EvidenceEvent([], new SearchTimings(default, default, default, default, default)),
        new TokenEvent(new GeneratedToken(-1, "The documents do not say.", 0)),
        new DoneEvent("The documents do not say.", 0, AnswerEnd.NoEvidence, 0),
    ];

    [Fact]
    public void A_sentence_that_no_model_made_is_neither_counted_nor_sampled()
    {
        var reply = Reply();
        var chunks = Refusal.Select(happened => reply.Add(happened)).ToList();
        Assert.Equal("The documents do not say.", Assert.Single(chunks[1]!.Choices).Delta.Content);
        Assert.Null(chunks[1]!.Choices[0].Logprobs);
        var whole = reply.Whole();
        Assert.Equal("The documents do not say.", whole.Choices[0].Message.Content);
        Assert.Empty(whole.Choices[0].Logprobs!.Content);
        Assert.Equal(0, whole.Usage.CompletionTokens);
        Assert.Equal(0, whole.Usage.TotalTokens);
    }

    [Fact]
    public void What_the_model_made_is_both()
    {
        var reply = Reply();
        reply.Add(new TokenEvent(new GeneratedToken(0, "See", -0.5f)));
        var whole = reply.Whole();
        Assert.Equal("See", Assert.Single(whole.Choices[0].Logprobs!.Content).Token);
        Assert.Equal(1, whole.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Nor_is_a_key_charged_for_it()
    {
        var key = new ApiKey("a", "test", null, KeyScopes.Read, null, 60, default, null, null, null);
        var bucket = KeyBudget.For(key, new ManualTime())!;
        await foreach (var _ in Refusal.ToAsyncEnumerable().Charging(new Caller(key, bucket)))
        {
            // Charged as it is read.
        }

        Assert.True(bucket.IsFull);
    }

    [Fact]
    public void What_is_cited_is_told_once_and_alike_whole_and_in_a_stream()
    {
        AnswerEvent[] answer =
        [
            new EvidenceEvent([Hit("a/ü", "Apples"), Hit("b", null)], new SearchTimings(default, default, default, default, default)),
            new TokenEvent(new GeneratedToken(1, "🍎 red ", 0)),
            new TokenEvent(new GeneratedToken(2, "[1, 2]", 0)),
            new CitationEvent(1, "a/ü", 7),
            new CitationEvent(2, "b", 7),
            new TokenEvent(new GeneratedToken(3, ".", 0)),
            new DoneEvent("🍎 red [1, 2].", 3, AnswerEnd.Complete, 9),
        ];
        var reply = Reply();
        var chunks = answer.Select(happened => reply.Add(happened)).ToList();
        Assert.DoesNotContain(chunks, static chunk => chunk?.Choices[0].Delta.Annotations is not null);
        var annotations = reply.Whole().Choices[0].Message.Annotations!;
        Assert.Equal(annotations, reply.Last().Choices[0].Delta.Annotations!);

        // The apple is one character of two code units.
        var written = JsonNode.Parse(JsonSerializer.Serialize(reply.Whole(), OpenAiJson.Default.ChatCompletion))!["choices"]![0]!["message"]!["annotations"];
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse("""
                    [
                        {"type":"url_citation","index":0,"url_citation":{"start_index":6,"end_index":12,"url":"/v1/documents/a%2F%C3%BC?tenant=acme","title":"Apples"},"number":1,"document_id":"a/ü","position":7},
                        {"type":"url_citation","index":1,"url_citation":{"start_index":6,"end_index":12,"url":"/v1/documents/b?tenant=acme","title":"b"},"number":2,"document_id":"b","position":7}
                    ]
                    """),
                written),
            written!.ToJsonString());
    }

    private static SearchHit Hit(string id, string? title) => new(id, "c", title, 1, 0, null, null, null, null, null, [], []);

    private static ChatReply Reply() => new(
        new ChatCallReader(DocumentLimits.Default).Read("""{"model": "m:documents", "messages": [{"role": "user", "content": "Hi"}], "logprobs": true}"""u8.ToArray()), "acme", "f", TimeProvider.System);
}
