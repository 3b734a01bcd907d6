using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class SentencesTests
{
    [Fact]
    public void Abbreviations_and_versions_do_not_end_a_sentence() => Assert.Equal(
        ["GIMP 2.10 has tools, e.g. Pencil and cf. Ink.", "Is it new?", "“Yes.”", "(No.)", "The end"],
        Sentences.Split("GIMP 2.10 has tools, e.g. Pencil and cf. Ink. Is it new? “Yes.” (No.) The end"));

    [Fact]
    public void Pieces_keep_every_word_in_order_and_the_limit()
    {
        var text = string.Join(' ', Enumerable.Range(0, 200).Select(static i => i % 5 == 4 ? $"w{i}." : $"w{i}")) + " " + new string('x', 90);

        var pieces = Sentences.Pieces(text, 60).ToList();

        Assert.All(pieces, static piece => Assert.InRange(piece.Length, 1, 60));
        Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), string.Concat(pieces).Replace(" ", "", StringComparison.Ordinal));
        Assert.EndsWith(".", pieces[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Key_words_leave_out_what_every_question_has() =>
        Assert.Equal(["pencil", "size"], Sentences.KeyWords("What does the Sizes option of the Pencil tool do?").Except(["what"]).Order());
}
