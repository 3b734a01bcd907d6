using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What is counted of an answer.</summary>
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

    private static ChatReply Reply() => new(
        new ChatCallReader(DocumentLimits.Default).Read("""{"model": "m:documents", "messages": [{"role": "user", "content": "Hi"}], "logprobs": true}"""u8.ToArray()), "f", TimeProvider.System);
}
