using System.Text.Json.Nodes;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Small = TokenizerJson.Parse(TokenizerJson.Small());
    private static readonly Tokenizer Tiny = Tokenizer.Load(Path.Combine(ModelFolder.UvlmTiny, "tokenizer.json"));

    [Theory]
    [InlineData("abc", new[] { 6 })]
    [InlineData("ABC ab", new[] { 6, 3, 4 })]
    [InlineData("c a", new[] { 2, 5 })]
    [InlineData("ä", new[] { 0 })]
    [InlineData("axyzb", new[] { 0, 7, 1 })]
    [InlineData("", new int[0])]
    [InlineData("<s>a", new[] { 8, 10, 9, 0 })]
    public void Text_is_normalised_cut_and_merged(string text, int[] ids) => Assert.Equal(ids, Small.Encode(text));

    [Theory]
    [InlineData("a<s>c", new[] { 0, 20, 2 })]
    [InlineData("a<s>b", new[] { 0, 23 })]
    [InlineData("a  <mask> c", new[] { 0, 21, 2 })]
    [InlineData("cab c", new[] { 22, 3, 2 })]
    [InlineData("cabs", new[] { 2, 4, 10 })]
    [InlineData("cab\u0301", new[] { 2, 4, 7 })]
    [InlineData("cab\U00010400", new[] { 2, 4, 7 })]
    [InlineData("\U00010400cab", new[] { 7, 2, 4 })]
    [InlineData("cab\U0001F4A9", new[] { 22, 7 })]
    [InlineData("c abba", new[] { 2, 3, 24 })]
    public void Added_tokens_are_found_only_where_they_are_meant(string text, int[] ids) => Assert.Equal(ids, Small.EncodeWithSpecials(text));

    [Fact]
    public void No_text_gives_a_special_id()
    {
        foreach (var token in Tiny.AddedTokens)
        {
            var ids = Tiny.Encode($"x{token.Content}y");
            Assert.DoesNotContain(ids, Tiny.IsSpecial);
            Assert.Equal($"x{token.Content}y", Tiny.Decode(ids));
            Assert.Contains(token.Id, Tiny.EncodeWithSpecials($"x{token.Content}y"));
        }
    }

    [Fact]
    public void Any_text_comes_back()
    {
        var random = new Random(3);
        string[] alphabet = ["a", "the", " ", "  ", "\n", "\r\n", "\t", "0", "42", "Ä", "é", "\u4E2D\u6587", "\uD55C", "\U0001F469\u200D\U0001F467", "\U0001D518", "'s", "!?", "\0"];
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            Assert.Equal(text, Tiny.Decode(Tiny.Encode(text)));
        }
    }

    [Fact]
    public void A_letter_beyond_the_basic_plane_is_a_letter()
    {
        // One word of letters from both planes must not be cut between them: 'pre' + five letters is a single piece.
        var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(ModelFolder.UvlmTiny, "tokenizer.json")))!.AsObject();
        json["pre_tokenizer"]!["pretokenizers"]![0]!["behavior"] = "Removed";
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\p{L}+";
        var removing = TokenizerJson.Parse(json);
        Assert.Equal("1 2", removing.Decode(removing.Encode("1pre\U0001D518\U00010400\u00E9x 2")));
        Assert.Equal("1\U0001F4A9 2", removing.Decode(removing.Encode("1pre\U0001F4A9x 2")));
    }

    [Theory]
    [InlineData("Isolated", new[] { "ab", "1", "1", "c" })]
    [InlineData("Removed", new[] { "ab", "c" })]
    [InlineData("MergedWithPrevious", new[] { "ab1", "1", "c" })]
    [InlineData("MergedWithNext", new[] { "ab", "1", "1c" })]
    [InlineData("Contiguous", new[] { "ab", "11", "c" })]
    public void Matches_go_where_the_behaviour_says(string behavior, string[] pieces)
    {
        // Every merge there is would join the whole text: what stays apart was cut.
        var json = TokenizerJson.Small();
        json["normalizer"] = null;
        json["pre_tokenizer"] = JsonNode.Parse($$"""{"type": "Split", "pattern": {"Regex": "1"}, "behavior": "{{behavior}}", "invert": false}""");
        json["decoder"] = null;
        json["model"] = JsonNode.Parse("""
            {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "1": 3, "ab": 4, "ab1": 5, "11": 6, "1c": 7, "ab11": 8, "11c": 9, "ab11c": 10},
             "merges": ["a b", "ab 1", "1 1", "1 c", "ab1 1", "11 c"]}
            """);
        var tokenizer = TokenizerJson.Parse(json);
        Assert.Equal(pieces, tokenizer.Encode("ab11c").Select(id => tokenizer.Token(id)!));
    }

    /// <summary>A SentencePiece vocabulary holds them, so that every way from a text to an id of the vocabulary leads to them too.</summary>
    [Theory]
    [InlineData("</s>")]
    [InlineData("x</s>x")]
    [InlineData("\u2402")]
    [InlineData("ab")]
    [InlineData("\u65e5")]
    public void No_text_becomes_a_special_token(string text)
    {
        foreach (var pieces in (bool[])[false, true])
        {
            var json = TokenizerJson.Small();
            json["normalizer"] = null;
            json["pre_tokenizer"] = pieces ? JsonNode.Parse("""{"type": "Split", "pattern": {"Regex": "</s>"}, "behavior": "Isolated"}""") : null;
            json["model"] = JsonNode.Parse("""
                {"type": "BPE", "unk_token": "<unk>", "ignore_merges": true, "vocab": {"<unk>": 0, "</s>": 1, "\u2402": 2, "ab": 3, "a": 4, "b": 5, "<": 6, "/": 7, "s": 8, ">": 9, "x": 10, "aba": 11, "ba": 12},
                 "merges": ["a b", "ab a", "b a"]}
                """);
            json["added_tokens"] = new JsonArray([.. new[] { "<unk>", "</s>", "\u2402", "ab" }.Select(static (content, id) =>
                new JsonObject { ["id"] = id, ["content"] = content, ["special"] = true, ["normalized"] = false })]);
            var tokenizer = TokenizerJson.Parse(json);
            var ids = tokenizer.Encode(text);
            Assert.DoesNotContain(ids, id => id != 0 && tokenizer.IsSpecial(id));
            Assert.Equal(string.Concat(text.Select(static c => c < 128 ? c.ToString() : "<unk>")), string.Concat(ids.Select(tokenizer.Token)));
            Assert.Equal("</s>", tokenizer.Token(Assert.Single(tokenizer.EncodeWithSpecials("</s>"))));
        }
    }

    [Fact]
    public void No_byte_becomes_a_special_token()
    {
        var json = TokenizerJson.Small();
        json["normalizer"] = null;
        json["pre_tokenizer"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""");
        json["decoder"] = JsonNode.Parse("""{"type": "ByteLevel"}""");
        json["model"] = JsonNode.Parse("""{"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "!": 1, "word": 2, "w": 3, "o": 4, "r": 5, "d": 6}, "merges": []}""");
        json["added_tokens"] = JsonNode.Parse("""[{"id": 1, "content": "!", "special": true}, {"id": 2, "content": "word", "special": true}]""");
        Assert.Equal([3, 4, 5, 6, 0], TokenizerJson.Parse(json).Encode("word!a"));
    }

    [Fact]
    public void What_a_longer_added_token_covers_is_text_where_it_does_not_stand_alone()
    {
        var json = TokenizerJson.Small();
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 25, "content": "ab", "special": false, "normalized": false}"""));
        var tokenizer = TokenizerJson.Parse(json);
        Assert.Equal([2, 4, 10], tokenizer.EncodeWithSpecials("cabs"));
        Assert.Equal([25, 10], tokenizer.EncodeWithSpecials("abs"));
    }

    [Theory]
    [InlineData(true, new[] { 1, 0, 1 })]
    [InlineData(false, new[] { 1, 1, 1, 0, 1 })]
    public void Unknown_bytes_beside_each_other_are_one_token_where_they_are_fused(bool fused, int[] ids)
    {
        var json = TokenizerJson.Small();
        json["normalizer"] = null;
        json["pre_tokenizer"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}""");
        json["decoder"] = JsonNode.Parse("""{"type": "ByteLevel"}""");
        json["model"] = JsonNode.Parse("""{"type": "BPE", "unk_token": "?", "vocab": {"a": 0, "?": 1}, "merges": []}""");
        json["model"]!["fuse_unk"] = fused;
        json["added_tokens"] = null;
        Assert.Equal(ids, TokenizerJson.Parse(json).Encode("xyzax"));
    }

    [Fact]
    public void Many_threads_see_the_same_ids()
    {
        var texts = Enumerable.Range(0, 200).Select(static i => $"word{i} some more text {i * 7919} and {i % 13} again").ToArray();
        var tokenizer = Tokenizer.Load(Path.Combine(ModelFolder.UvlmTiny, "tokenizer.json"));
        var parallel = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(tokenizer.Encode).ToArray();
        Assert.Equal(texts.Select(Tiny.Encode), parallel);
    }
}
