using UnifiedVlm.Training.Evaluation.Measures;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class MeasureTests
{
    [Theory]
    [InlineData(new[] { 0.1f, 0.9f, 0.5f }, new[] { 1 }, 1, 1)]
    [InlineData(new[] { 0.1f, 0.9f, 0.5f }, new[] { 2 }, 1, 0)]
    [InlineData(new[] { 0.1f, 0.9f, 0.5f }, new[] { 2 }, 2, 1)]
    // The best of several right ones counts.
    [InlineData(new[] { 0.1f, 0.9f, 0.5f }, new[] { 0, 1 }, 1, 1)]
    // A tie of two, one of them right.
    [InlineData(new[] { 0.9f, 0.9f, 0.5f }, new[] { 0 }, 1, 0.5)]
    // A tie of three below one that is better: the two places left of three.
    [InlineData(new[] { 0.95f, 0.9f, 0.9f, 0.9f }, new[] { 2 }, 3, 2.0 / 3)]
    // Four level, two of them right, two places: 1 - (2/4)(1/3).
    [InlineData(new[] { 0.5f, 0.5f, 0.5f, 0.5f }, new[] { 0, 3 }, 2, 5.0 / 6)]
    // Rounding is no order.
    [InlineData(new[] { 0.90000004f, 0.9f }, new[] { 1 }, 1, 0.5)]
    // One candidate, and more places than candidates.
    [InlineData(new[] { -1f }, new[] { 0 }, 1, 1)]
    [InlineData(new[] { 0.1f, 0.9f }, new[] { 0 }, 10, 1)]
    public void Recall_at_k(float[] scores, int[] right, int k, double expected) => Assert.Equal(expected, RetrievalMeasure.RecallAt(k, scores, right), 1e-9);

    [Theory]
    [InlineData(1, 100, 1, 0.01)]
    [InlineData(5, 100, 1, 0.05)]
    [InlineData(1, 10, 5, 0.5)]
    [InlineData(2, 4, 2, 5.0 / 6)]
    [InlineData(10, 4, 1, 1)]
    public void Recall_by_chance(int k, int candidates, int right, double expected) => Assert.Equal(expected, RetrievalMeasure.RandomRecallAt(k, candidates, right), 1e-9);

    [Fact]
    public void Equal_scores_give_what_chance_gives()
    {
        var scores = new float[50];
        foreach (var k in (int[])[1, 5, 10])
            Assert.Equal(RetrievalMeasure.RandomRecallAt(k, 50, 2), RetrievalMeasure.RecallAt(k, scores, [3, 40]), 1e-9);
    }

    [Fact]
    public void What_is_no_number_wins_nothing()
    {
        Assert.Throws<ArgumentException>(() => RetrievalMeasure.RecallAt(1, [float.NaN, 1], [1]));
        Assert.Throws<ArgumentException>(() => RetrievalMeasure.RecallAt(1, [float.NaN, 1], [0]));
        Assert.Throws<ArgumentException>(() => RetrievalMeasure.RecallAt(1, [0, 1], []));
        Assert.Throws<ArgumentException>(() => ChoiceMeasure.Of(double.NaN, 0));
        Assert.Throws<ArgumentException>(() => WinogroundMeasure.Of(0, double.NaN, 0, 0));
    }

    [Theory]
    [InlineData(0.9, 0.1, 1)]
    [InlineData(0.1, 0.9, 0)]
    [InlineData(0.5, 0.5, 0.5)]
    public void A_choice_of_two(double right, double wrong, double expected) => Assert.Equal(expected, ChoiceMeasure.Of(right, wrong));

    [Theory]
    // c0i0, c1i0, c0i1, c1i1
    [InlineData(0.9, 0.1, 0.2, 0.8, 1, 1, 1)]
    [InlineData(0.9, 0.1, 0.95, 0.99, 1, 0, 0)]
    [InlineData(0.9, 0.95, 0.1, 0.99, 0, 1, 0)]
    [InlineData(0.1, 0.9, 0.8, 0.2, 0, 0, 0)]
    [InlineData(0.5, 0.5, 0.5, 0.5, 1.0 / 4, 1.0 / 4, 1.0 / 6)]
    // One of two comparisons is a tie.
    [InlineData(0.5, 0.5, 0.1, 0.9, 0.5, 1, 0.5)]
    public void Winoground_s_scores(double c0i0, double c1i0, double c0i1, double c1i1, double text, double image, double group)
    {
        var score = WinogroundMeasure.Of(c0i0, c1i0, c0i1, c1i1);
        Assert.Equal(text, score.Text, 1e-9);
        Assert.Equal(image, score.Image, 1e-9);
        Assert.Equal(group, score.Group, 1e-9);
    }

    [Theory]
    [InlineData("The red cat.", "red cat", 1, 1, 1)]
    [InlineData("", "cat", 0, 0, 0)]
    [InlineData("", "", 1, 1, 1)]
    // Words said 4, right 3, common 2, the longest common subsequence 2.
    [InlineData("a cat sits near mats", "cat on mats", 0, 4.0 / 7, 4.0 / 7)]
    // Both words, in the other order.
    [InlineData("dog cat", "cat dog", 0, 1, 0.5)]
    // A word said twice counts once where it is right once.
    [InlineData("cat cat", "cat", 0, 2.0 / 3, 2.0 / 3)]
    [InlineData("It cuts a picture [1].", "it cuts the picture", 1, 1, 1)]
    [InlineData("DON\u2019T", "don't", 1, 1, 1)]
    // Punctuation and signs are deleted, as SQuAD's script does, and leave no gap.
    [InlineData("1,000", "1000", 1, 1, 1)]
    [InlineData("U.S.", "US", 1, 1, 1)]
    [InlineData("well-known", "well known", 0, 0, 0)]
    [InlineData("Edit \u2192 Paste", "edit paste", 1, 1, 1)]
    // The same letter, composed and not.
    [InlineData("caf\u00e9", "cafe\u0301", 1, 1, 1)]
    // Hindi "day" and "two hearts": vowel signs are part of the word.
    [InlineData("\u0926\u093f\u0928", "\u0926\u0940\u0928", 0, 0, 0)]
    // An index is no citation.
    [InlineData("arr[0]", "arr[1]", 0, 0, 0)]
    [InlineData("m[0][1]", "m[0][2]", 0, 0, 0)]
    [InlineData("[1] a cat [2][3]", "cat", 1, 1, 1)]
    [InlineData("A cat.[1]", "cat", 1, 1, 1)]
    public void Answers(string answer, string right, double exact, double f1, double rouge)
    {
        Assert.Equal(exact, AnswerMeasure.ExactMatch(answer, [right]), 1e-9);
        Assert.Equal(f1, AnswerMeasure.TokenF1(answer, [right]), 1e-9);
        Assert.Equal(rouge, AnswerMeasure.RougeL(answer, [right]), 1e-9);
    }

    [Fact]
    public void The_best_of_several_right_answers_counts()
    {
        Assert.Equal(1, AnswerMeasure.ExactMatch("two", ["2", "two"]));
        Assert.Throws<ArgumentException>(() => AnswerMeasure.TokenF1("two", []));
    }

    [Theory]
    [InlineData("Yes, there is.", true)]
    [InlineData("no", false)]
    [InlineData("Well, no; yes would be wrong", false)]
    [InlineData("yesterday", null)]
    [InlineData("There is not a dog.", false)]
    [InlineData("There isn\u2019t any.", false)]
    [InlineData("I don't see one", false)]
    [InlineData("It cannot be seen.", false)]
    [InlineData("Nope", false)]
    [InlineData("Yeah, a big one. It is not red.", true)]
    // What a later sentence denies is something else.
    [InlineData("A dog. It is not red.", null)]
    [InlineData("Let me look. Yes.", true)]
    [InlineData("another notable knot", null)]
    [InlineData("", null)]
    public void Yes_and_no(string answer, bool? expected) => Assert.Equal(expected, YesNo.Of(answer));

    [Theory]
    [InlineData("The documents do not say.", true)]
    [InlineData("the documents do not say [1]", true)]
    [InlineData("Documents say so.", false)]
    [InlineData("", false)]
    public void Refusals(string answer, bool expected) => Assert.Equal(expected, Refusal.Is(answer));
}
