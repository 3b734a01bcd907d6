using System.Text;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>
/// A body has room for millions of inputs: too many are refused for their number, before the first is looked at. Nor is a part of one left out in silence.
/// </summary>
public sealed class InputCountTests
{
    private const string Bad = "[]";

    [Fact]
    public void Too_many_to_embed_are_refused_before_any_is_read()
    {
        Assert.Equal("input", Refused(() => Embed(Many(Bad, QueryOptions.MostInputs + 1))));
        Assert.Equal("input[0]", Refused(() => Embed(Many(Bad, QueryOptions.MostInputs))));
        Assert.Equal(QueryOptions.MostInputs, Embed(Many("\"a\"", QueryOptions.MostInputs)).Input.Count);
        // As LangChain sends them.
        Assert.Equal(1000, Embed(Many("\"a\"", 1000)).Input.Count);
    }

    [Fact]
    public void Too_many_to_rank_are_refused_before_any_is_read()
    {
        Assert.Equal("documents", Refused(() => Rank(Many(Bad, QueryOptions.MostInputs + 1))));
        Assert.Equal("documents[0]", Refused(() => Rank(Many(Bad, QueryOptions.MostInputs))));
        Assert.Equal(QueryOptions.MostInputs, Rank(Many("\"a\"", QueryOptions.MostInputs)).Request.Documents.Count);
    }

    [Fact]
    public void Too_many_parts_of_an_input_are_refused_before_any_is_read()
    {
        var limits = new DocumentLimits { MaxParts = 3 };
        Assert.Equal("input[0]", Refused(() => Embed(Many(Many("{}", 4), 1), limits)));
        Assert.Equal("input[0][0].type", Refused(() => Embed(Many(Many("{}", 3), 1), limits)));
    }

    [Theory]
    [InlineData("""{"text": "a cat", "image": "data:image/png;base64,AAAA"}""", "image")]
    [InlineData("""{"type": "image_url", "text": "a cat"}""", "type")]
    public void What_stands_beside_a_text_is_refused_by_name(string item, string member)
    {
        Assert.Equal($"input[0].{member}", Refused(() => Embed(Many(item, 1))));
        Assert.Equal($"input.{member}", Refused(() => Embed(item)));
        Assert.Equal($"documents[1].{member}", Refused(() => Rank($"[\"a\", {item}]")));
    }

    [Theory]
    [InlineData("""{"text": "a cat"}""")]
    [InlineData("""{"type": "text", "text": "a cat", "image": null}""")]
    public void A_text_may_come_as_an_object(string item)
    {
        Assert.Equal(new TextPart("a cat"), Assert.Single(Assert.Single(Embed(item).Input).Parts));
        Assert.Equal(new TextPart("a cat"), Assert.Single(Assert.Single(Rank($"[{item}]").Request.Documents).Parts));
    }

    private static string Many(string item, int count) => $"[{string.Join(',', Enumerable.Repeat(item, count))}]";

    private static EmbeddingCall Embed(string input, DocumentLimits? limits = null)
        => new EmbeddingCallReader(limits ?? DocumentLimits.Default).Read(Encoding.UTF8.GetBytes($$"""{"model": "m", "input": {{input}}}"""), Caller.Anyone);

    private static RerankCall Rank(string documents)
        => new RerankCallReader(DocumentLimits.Default).Read(Encoding.UTF8.GetBytes($$"""{"model": "m", "query": "q", "documents": {{documents}}}"""), Caller.Anyone);

    private static string Refused(Func<object> read) => Assert.Throws<DocumentRejectedException>(read).Field;
}
