using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class PassageCutterTests
{
    private static readonly string[] Page = ["Brushes", "A brush paints soft strokes.", "!a brush", "The eraser takes colour away.", "!an eraser", "A pencil paints hard strokes."];

    [Theory]
    [InlineData("Which tool takes colour away?", "The eraser takes colour away.")]
    [InlineData("hard pencils", "A pencil paints hard strokes.")]
    [InlineData("brushes", "Brushes")]
    [InlineData("SOFT", "A brush paints soft strokes.")]
    public void The_stretch_grows_from_the_part_that_holds_most_of_the_questions_rare_words(string question, string expected) =>
        Assert.Contains(expected, Texts(Cut(question, maxLength: 1, Page)));

    [Fact]
    public void It_takes_what_stands_before_and_after_as_far_as_the_length_allows()
    {
        Assert.Equal(Page[1..4], Shown(Cut("takes away", maxLength: 60, Page)));
        Assert.Equal(["The eraser takes colour away."], Texts(Cut("takes away", maxLength: 30, Page)));
    }

    [Fact]
    public void At_most_one_picture_goes_along() =>
        Assert.Single(Cut("takes away", maxLength: 1000, Page).Parts.OfType<ImagePart>());

    [Fact]
    public void Words_that_stand_everywhere_do_not_choose() =>
        Assert.Equal(["The lamp is red."], Texts(Cut("Is the lamp the one?", 1, "The door is the first.", "The lamp is red.", "The box is the last.")));

    [Fact]
    public void A_word_that_another_document_has_everywhere_still_counts_as_common()
    {
        // "tool" is in one part of this document but in all of the other: "select" decides.
        var documents = new[] { FakeBackend.Document("a", "A tool.", "To select, click."), FakeBackend.Document("b", "Tool one.", "Tool two.", "Tool three.") };
        var cut = PassageCutter.Cut(FakeBackend.Document("q", "select tool"), [.. documents.Select(d => Hit(d))], documents, 1);
        Assert.Equal(["To select, click."], Texts(cut[0]));
    }

    [Fact]
    public void Without_a_common_word_the_nearest_part_is_taken()
    {
        var document = FakeBackend.Document("d", "One.", "Two.", "Three.");
        var match = new PartMatch(new EmbeddedPart(0, PartKind.Text, 0, 1), new EmbeddedPart(1, PartKind.Text, 0, 4), 0.9f, null);
        var cut = PassageCutter.Cut(FakeBackend.Document("q", "!picture"), [Hit(document) with { Matches = [match] }], [document], 1);
        Assert.Equal(["Two."], Texts(cut[0]));
    }

    [Fact]
    public void Spans_of_one_part_become_one_part_again()
    {
        const string Text = "First sentence. Second sentence about apples. Third sentence.";
        var document = FakeBackend.Document("d", Text, "Another part.");
        EmbeddedPart[] spans = [new(0, PartKind.Text, 0, 16), new(0, PartKind.Text, 16, 30), new(0, PartKind.Text, 46, 15), new(1, PartKind.Text, 0, 13)];
        var hit = Hit(document) with { Parts = spans };
        Assert.Equal([Text], Texts(PassageCutter.Cut(FakeBackend.Document("q", "apple"), [hit], [document], 61)[0]));
        Assert.Equal(["Second sentence about apples."], Texts(PassageCutter.Cut(FakeBackend.Document("q", "apple"), [hit], [document], 30)[0]));
    }

    [Theory]
    [InlineData("犬はどこですか", "犬は庭にいます。")]
    [InlineData("고양이는", "고양이는 집에 있다.")]
    public void Text_without_spaces_is_compared_by_twos(string question, string expected) =>
        Assert.Equal([expected], Texts(Cut(question, 1, "猫が寝ている。", "犬は庭にいます。", "고양이는 집에 있다.")));

    [Theory]
    [InlineData(9, 0, 1)]
    [InlineData(0, 0, 100)]
    public void A_document_that_was_replaced_in_between_stays_whole(int source, int start, int length)
    {
        var document = FakeBackend.Document("d", "One.", "Two.");
        var hit = Hit(document) with { Parts = [new EmbeddedPart(source, PartKind.Text, start, length)] };
        Assert.Same(document, PassageCutter.Cut(FakeBackend.Document("q", "two"), [hit], [document], 1)[0]);
    }

    [Fact]
    public void A_document_of_another_version_stays_whole_though_the_ranges_exist_in_it()
    {
        var document = FakeBackend.Document("d", "One.", "Two.") with { Version = 2 };
        var question = FakeBackend.Document("q", "two");
        Assert.Same(document, PassageCutter.Cut(question, [Hit(document)], [document], 1)[0]);
        Assert.Equal(["Two."], Texts(PassageCutter.Cut(question, [Hit(document) with { Version = 2 }], [document], 1)[0]));
    }

    private static InterleavedDocument Cut(string question, int maxLength, params string[] parts)
    {
        var document = FakeBackend.Document("d", parts);
        return PassageCutter.Cut(FakeBackend.Document("q", question), [Hit(document)], [document], maxLength)[0];
    }

    private static SearchHit Hit(InterleavedDocument document) =>
        new(document.Id, document.Collection, null, 1, 1, 0, null, null, null, null, FakeBackend.Embed(document).Parts, []);

    private static string[] Texts(InterleavedDocument document) => [.. document.Parts.OfType<TextPart>().Select(static part => part.Text)];

    private static string[] Shown(InterleavedDocument document) => [.. document.Parts.Select(static part => part is TextPart text ? text.Text : $"!{((ImagePart)part).Alt}")];
}
