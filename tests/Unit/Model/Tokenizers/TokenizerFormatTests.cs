using System.Text.Json.Nodes;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class TokenizerFormatTests
{
    [Theory]
    [InlineData("model.type", "\"Unigram\"", "model.type")]
    [InlineData("model.vocab", "[]", "model.vocab")]
    [InlineData("model.vocab.a", "\"0\"", "model.vocab['a']")]
    [InlineData("model.vocab.a", "1", "model.vocab['b']")]
    [InlineData("model.vocab.a", "-1", "model.vocab['a']")]
    [InlineData("model.vocab.a", "2000000000", "model.vocab['a']")]
    [InlineData("model.merges.2", "\"ab x\"", "model.merges[2]")]
    [InlineData("model.merges.2", "\"ab\"", "model.merges[2]")]
    [InlineData("model.merges.2", "[\"a\",\"b\",\"c\"]", "model.merges[2]")]
    [InlineData("model.merges.2", "7", "model.merges[2]")]
    [InlineData("model.unk_token", "\"nope\"", "model.unk_token")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix")]
    [InlineData("model.dropout", "0.1", "model.dropout")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\"}", "normalizer")]
    [InlineData("normalizer.normalizers.1.pattern", "{\"Regex\":\"(\"}", "normalizer.normalizers[1].pattern.Regex")]
    [InlineData("pre_tokenizer", "{\"type\":\"UnicodeScripts\"}", "pre_tokenizer")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Sideways\"}", "pre_tokenizer.behavior")]
    [InlineData("pre_tokenizer", "{}", "pre_tokenizer.type")]
    [InlineData("decoder", "{\"type\":\"WordPiece\"}", "decoder")]
    [InlineData("added_tokens.1.id", "20", "added_tokens[1]")]
    [InlineData("added_tokens.1.content", "null", "added_tokens[1].content")]
    public void A_wrong_field_is_named(string where, string value, string field)
    {
        var json = TokenizerJson.Small();
        Set(json, where.Split('.'), JsonNode.Parse(value));
        Assert.Equal(field, Assert.Throws<TokenizerFormatException>(() => TokenizerJson.Parse(json)).Field);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        byte[] json = [0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(TokenizerJson.Small().ToJsonString())];
        Assert.Equal(TokenizerJson.Parse(TokenizerJson.Small()).Encode("abc ab"), Tokenizer.Parse(json).Encode("abc ab"));
    }

    /// <summary>Most files have them, for training.</summary>
    [Theory]
    [InlineData("model.dropout", "0.0")]
    [InlineData("truncation", "{\"max_length\":2,\"stride\":0,\"strategy\":\"LongestFirst\",\"direction\":\"Right\"}")]
    [InlineData("padding", "{\"strategy\":{\"Fixed\":9},\"direction\":\"Right\",\"pad_id\":0,\"pad_token\":\"a\",\"pad_type_id\":0,\"pad_to_multiple_of\":null}")]
    public void What_is_done_to_the_ids_of_a_batch_is_left_to_the_caller(string where, string value)
    {
        var json = TokenizerJson.Small();
        Set(json, where.Split('.'), JsonNode.Parse(value));
        Assert.Equal(TokenizerJson.Parse(TokenizerJson.Small()).Encode("a b c"), TokenizerJson.Parse(json).Encode("a b c"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"model\":{\"vocab\":{\"\\ud800\":1},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":1,\"a\":2},\"merges\":[]}}")]
    public void What_is_no_tokenizer_is_refused(string json) =>
        Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json)));

    private static void Set(JsonNode node, ReadOnlySpan<string> path, JsonNode? value)
    {
        for (; path.Length > 1; path = path[1..])
            node = (int.TryParse(path[0], out var index) ? node[index] : node[path[0]])!;
        if (int.TryParse(path[0], out var last))
            node[last] = value;
        else
            node[path[0]] = value;
    }
}
