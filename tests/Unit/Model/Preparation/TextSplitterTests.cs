using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Preparation;

public sealed class TextSplitterTests
{
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(Path.Combine(ModelFolder.UvlmTiny, "tokenizer.json"));

    [Fact]
    public void A_short_text_is_one_piece_without_the_white_space_around_it()
    {
        var piece = Assert.Single(new TextSplitter(Tokenizer, 32).Split("  A short text. \n"));
        Assert.Equal((2, 13), (piece.Start, piece.Length));
        Assert.Equal(Tokenizer.Encode("A short text."), piece.Ids);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public void Nothing_gives_no_piece(string text) => Assert.Empty(new TextSplitter(Tokenizer, 32).Split(text));

    [Fact]
    public void A_long_text_is_cut_at_sentence_ends()
    {
        string[] sentences =
        [
            "The first sentence says something about layers.", "Does the second one ask a question?", "J. S. Bach wrote the third one!",
            "\u300C\u8FD9\u662F\u7B2C\u56DB\u53E5\u3002\u300D", "And the \"fifth\" ends \"here.\"", "Version 2.10 is no sentence end.",
        ];
        var text = string.Join(' ', sentences);
        var pieces = Split(text, 24);

        Assert.True(pieces.Count > 1);
        foreach (var piece in pieces)
            Assert.Contains(sentences, sentence => text.Substring(piece.Start, piece.Length).EndsWith(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_sentence_is_cut_at_white_space_and_a_long_word_between_characters()
    {
        var words = string.Join(' ', Enumerable.Range(0, 60).Select(static i => $"word{i}"));
        foreach (var piece in Split(words, 16))
            Assert.True(piece.Start + piece.Length == words.Length || words[piece.Start + piece.Length] == ' ');

        // No piece may begin or end with half a character.
        var emoji = string.Concat(Enumerable.Repeat("\U0001F9FF", 50));
        foreach (var piece in Split(emoji, 16))
            Assert.True(piece.Start % 2 == 0 && piece.Length % 2 == 0);
    }

    [Fact]
    public void Pieces_cover_the_text_fit_and_are_encoded_as_they_stand()
    {
        var random = new Random(11);
        string[] alphabet = ["word ", "a. ", "b!\n", "\u4E2D\u3002", "\U0001F9FF", "    ", "12.5 ", "x", "-----", "Dr. Who ", "\n\n", "\u00E9"];
        for (var round = 0; round < 60; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 400)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            Split(text, random.Next(16, 64));
        }
    }

    /// <summary>Looked through from every place, or once for each piece, the last three would take from ten minutes to hours.</summary>
    [Theory]
    [InlineData('x', 1 << 20, 0, 128)]
    [InlineData(')', 1 << 18, 0, 128)]
    [InlineData('"', 1 << 18, 0, 128)]
    [InlineData('x', 1 << 18, 32 << 20, 16)]
    public void A_megabyte_without_a_boundary_is_cut_in_good_time(char unit, int length, int whiteSpace, int limit)
    {
        var text = new string(unit, length) + new string(' ', whiteSpace);
        Assert.Equal(length, Split(text, limit).Sum(static p => p.Length));
    }

    [Theory]
    [InlineData("\")", true)]
    [InlineData(")))))))))", false)]
    public void A_few_closing_marks_belong_to_the_sentence_that_they_end(string closing, bool isCut)
    {
        const string Before = "The river runs past the mill and on to the sea.";
        var text = $"{Before}{closing} The lake stands still below the old wall";
        var pieces = Split(text, Tokenizer.Encode(text).Length - 1);
        Assert.Equal(isCut, pieces[0].Length == Before.Length + closing.Length);
    }

    /// <summary>Splits and checks what holds for every split.</summary>
    private static List<TextPiece> Split(string text, int limit)
    {
        var pieces = new TextSplitter(Tokenizer, limit).Split(text).ToList();
        var covered = 0;
        foreach (var piece in pieces)
        {
            Assert.True(string.IsNullOrWhiteSpace(text[covered..piece.Start]), "only white space may be left out");
            Assert.InRange(piece.Ids.Length, 1, limit);
            Assert.Equal(Tokenizer.Encode(text.Substring(piece.Start, piece.Length)), piece.Ids);
            covered = piece.Start + piece.Length;
        }

        Assert.True(string.IsNullOrWhiteSpace(text[covered..]));
        return pieces;
    }
}
