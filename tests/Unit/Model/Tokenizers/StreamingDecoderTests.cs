using System.Text.Json.Nodes;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class StreamingDecoderTests
{
    private static readonly Tokenizer Tiny = Tokenizer.Load(Path.Combine(ModelFolder.UvlmTiny, "tokenizer.json"));

    [Fact]
    public void A_character_is_held_back_until_it_is_whole()
    {
        var ids = Tiny.Encode("a\U0001F9FF\u00E9");
        var decoder = Tiny.StreamDecoder();
        var pieces = ids.Select(decoder.Append).ToList();

        Assert.True(ids.Length > 3, "the characters must take several tokens each for this test to mean anything");
        Assert.DoesNotContain(pieces, static piece => piece.Contains('\uFFFD', StringComparison.Ordinal));
        Assert.Contains("", pieces);
        Assert.Equal("a\U0001F9FF\u00E9", string.Concat(pieces) + decoder.Finish());
    }

    [Fact]
    public void What_stays_incomplete_becomes_the_replacement_character()
    {
        var ids = Tiny.Encode("\U0001F9FF");
        var decoder = Tiny.StreamDecoder();
        Assert.Equal("", decoder.Append(ids[0]));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    [Theory]
    [InlineData("\"prepend_scheme\": \"never\"", "  ab a", "  ab")]
    [InlineData("\"add_prefix_space\": false", "  ab a", "  ab")]
    [InlineData("\"prepend_scheme\": \"first\"", "ab a", "ab")]
    [InlineData("\"prepend_scheme\": \"always\"", "ab a", "ab")]
    [InlineData("\"add_prefix_space\": true", "ab a", "ab")]
    public void The_first_token_loses_its_marks_where_one_was_put_before_it(string scheme, string text, string alone)
    {
        var json = TokenizerJson.Small();
        json["decoder"] = JsonNode.Parse($$"""{"type": "Metaspace", "replacement": "_", {{scheme}} }""");
        json["model"]!["vocab"]!["__ab"] = 13;
        var tokenizer = TokenizerJson.Parse(json);

        // 5 is '_a', which begins a word further on; a special token that is left out begins nothing.
        Assert.Equal(text, tokenizer.Decode([20, 13, 5], skipSpecials: true));
        Assert.Equal(alone, tokenizer.Decode([13]));
    }

    [Fact]
    public void Special_tokens_are_left_out_on_demand()
    {
        int[] ids = [.. Tiny.Encode("a"), Tiny.Find("<|end|>")!.Value, .. Tiny.Encode("b")];
        Assert.Equal("a<|end|>b", Tiny.Decode(ids));
        Assert.Equal("ab", Tiny.Decode(ids, skipSpecials: true));
    }
}
