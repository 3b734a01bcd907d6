using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;
using UnifiedVlm.Training.Evaluation.Tasks;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

/// <summary>The measures of each kind of set, over vectors in the plane whose order can be seen by eye.</summary>
public sealed class TaskTests
{
    private static readonly ImageFileResolver Pictures = new(Path.GetTempPath());

    private readonly FakeEvaluatedModel model = new();

    [Fact]
    public void Pictures_and_captions_find_each_other()
    {
        model.At(0, "a.png");
        model.At(30, "b.png");
        model.At(60, "c.png");
        // The second caption of a lies nearer to b; b's caption is the one of c's too.
        model.At(1, "a one");
        model.At(29, "a two");
        model.At(47, "shared");
        model.Reply = static asked => asked.Question.Id == "a" ? "a one" : "nothing";
        var set = new CaptionSet(
            "s", Pictures, [new("a", "a.png", ["a one", "a two"]), new("b", "b.png", ["shared"]), new("c", "c.png", ["shared"])], "Describe.", 8, 3);

        var measures = Run(set);

        Assert.Equal(3 + 3, model.Encoded);
        var toText = Find(measures, "picture to text", "summary", "R@1");
        Assert.Equal(["a", "b", "c"], toText.Items);
        Assert.Equal([1, 0, 1], toText.Outcomes);
        Assert.Equal((2.0 / 3 + 1.0 / 3 + 1.0 / 3) / 3, toText.Random!.Value, 1e-9);
        Assert.Equal([1, 1, 1], Find(measures, "picture to text", "summary", "R@5").Outcomes);
        var toPicture = Find(measures, "text to picture", "summary", "R@1");
        Assert.Equal(["a/0", "a/1", "b/0"], toPicture.Items);
        Assert.Equal(["a", "a", "b"], toPicture.Groups!);
        Assert.Equal([1, 0, 1], toPicture.Outcomes);
        Assert.Equal([1, 0, 1], Find(measures, "text to picture", "alignment", "R@1").Outcomes);
        Assert.Equal([1, 0, 0], Find(measures, "caption", "generation", "token F1").Outcomes);
        Assert.Equal(["a", "b"], Find(Run(set with { Generated = 2 }), "caption", "generation", "token F1").Items);
        Assert.DoesNotContain(Run(set with { Generated = 0 }), static measure => measure.Score == "generation");
    }

    [Fact]
    public void Galleries_compete_within_themselves_and_count_together()
    {
        model.At(0, "a.png", "b.png");
        model.At(10, "a", "b");
        model.At(80, "c.png", "d", "d two");
        model.At(90, "d.png", "c");
        CaptionedPicture[] items = [new("a", "a.png", ["a"]), new("c", "c.png", ["c"]), new("b", "b.png", ["b"]), new("d", "d.png", ["d", "d two"])];
        var set = new CaptionSet("s", Pictures, items, "Describe.", 8, 3) { Galleries = [items[..2], items[2..]] };

        var measures = Run(set);

        var toText = Find(measures, "picture to text", "summary", "R@1");
        Assert.Equal(["a", "c", "b", "d"], toText.Items);
        Assert.Equal([1, 1, 1, 1], toText.Outcomes);
        Assert.Equal((0.5 + 0.5 + (1.0 / 3) + (2.0 / 3)) / 4, toText.Random!.Value, 1e-9);
        var toPicture = Find(measures, "text to picture", "alignment", "R@1");
        Assert.Equal(["a/0", "c/0", "b/0", "d/0", "d/1"], toPicture.Items);
        Assert.Equal(["a", "c", "b", "d", "d"], toPicture.Groups!);
        Assert.Equal([1, 1, 1, 1, 1], toPicture.Outcomes);

        // All at once a and b are alike, and c's caption lies at d's picture.
        Assert.Equal([0.5, 0, 0.5, 0], Find(Run(set with { Galleries = [items] }), "picture to text", "summary", "R@1").Outcomes);
    }

    [Fact]
    public void A_set_of_one_is_all_right_and_chance_says_so()
    {
        model.At(0, "a.png", "a");
        var measures = Run(new CaptionSet("s", Pictures, [new("a", "a.png", ["a"])], "Describe.", 8, 1));
        Assert.All(measures.Where(static m => m.Score != "generation"), static m => Assert.Equal((1.0, 1.0), (m.Interval.Value, m.Random!.Value)));
        Assert.Null(Find(measures, "caption", "generation", "token F1").Random);
    }

    [Fact]
    public void Hard_negatives_by_kind_with_mirrors_and_texts_alone()
    {
        model.At(0, "a.png", "large cat");
        model.At(20, "b.png");
        model.At(9, "small cat");
        model.At(90, "dog.png", "cow");
        model.At(80, "dog");
        var set = new HardNegativeSet("s", Pictures,
        [
            new("swap/0", "swap", "a.png", "large cat", "small cat", "b.png"),
            new("swap/1", "swap", "b.png", "small cat", "large cat", "a.png"),
            new("replace/0", "replace", "dog.png", "dog", "cow", null),
        ]);
        // Whatever the likelihoods, of mirrored items exactly one is right.
        model.Likelihood = static text => text == "large cat" ? -1 : -2;

        var measures = Run(set);

        Assert.Equal([1, 1], Find(measures, "swap: picture chooses caption", "summary", "accuracy").Outcomes);
        var textOnly = Find(measures, "swap: picture chooses caption", "summary", "accuracy").TextOnly!;
        Assert.Equal([1, 0], textOnly.Outcomes);
        Assert.Equal(Interval.NotEstimable(0.5), textOnly.Interval);
        // The small cat's caption lies nearer to the large cat's picture.
        Assert.Equal([1, 0], Find(measures, "swap: caption chooses picture", "summary", "accuracy").Outcomes);
        Assert.Equal([0], Find(measures, "replace: picture chooses caption", "alignment", "accuracy").Outcomes);
        Assert.DoesNotContain(measures, static m => m.Task == "replace: caption chooses picture");
        Assert.Equal(2.0 / 3, Find(measures, "all kinds: picture chooses caption", "summary", "accuracy").Interval.Value, 1e-9);
        // A tie of the texts alone counts half.
        Assert.Equal([0.5], Find(measures, "replace: picture chooses caption", "summary", "accuracy").TextOnly!.Outcomes);
    }

    [Fact]
    public void Items_about_one_picture_are_one_draw()
    {
        model.At(0, "a.png", "b.png", "c.png", "one", "two", "three", "four", "five", "six");
        var set = new HardNegativeSet("s", Pictures,
        [
            new("swap/0", "swap", "a.png", "one", "two", null), new("swap/1", "swap", "a.png", "three", "four", null),
            new("swap/2", "swap", "b.png", "four", "three", null), new("swap/3", "swap", "c.png", "five", "six", null),
        ]);
        // The second shares its picture with the first and its captions with the third.
        Assert.All(Run(set), static m => Assert.Equal(["swap/0", "swap/0", "swap/0", "swap/3"], m.Groups!));
        var apart = set with { Items = [set.Items[0], set.Items[2]] };
        Assert.All(Run(apart), static m => Assert.Null(m.Groups));
    }

    [Fact]
    public void Questions_about_one_picture_or_answered_by_one_document_are_one_draw()
    {
        static QuestionItem About(string id, string picture) => new(id, Question(new ImagePart(new FileImage(picture)), new TextPart("What?")), null, ["cat"], true);
        var about = Run(new QuestionSet("s", Pictures, [About("q1", "a"), About("q2", "b"), About("q3", "a")], 8));
        Assert.All(about, static m => Assert.Equal(["q1", "q2", "q1"], m.Groups!));
        Assert.All(about, static m => Assert.Equal(["q1", "q2", "q1"], m.TextOnly!.Groups!));

        // The documents beside the one that answers tie nothing together, and without ids documents are told by their text.
        static InterleavedDocument Page(string id, string text) => Question(new TextPart(text)) with { Id = id };
        QuestionItem From(string id, string[] answers, params InterleavedDocument[] evidence) => new(id, Question(new TextPart("Who?")), evidence, answers, answers.Length > 0);
        var measures = Run(new QuestionSet("s", null,
        [
            From("q1", ["Ann"], Page("noise", "Bees hum."), Page("ann", "It is Ann.")), From("q2", ["Bob"], Page("bob", "It is Bob."), Page("noise", "Bees hum.")),
            From("q3", ["Ann"], Page("ann", "Ann again.")), From("q4", [], Page("bob", "Bob sleeps.")),
            From("q5", ["Eve"], Page("evidence[0]", "Eve.")), From("q6", ["Joe"], Page("evidence[0]", "Joe.")),
        ], 8));
        Assert.Equal(["q1", "q2", "q1", "q5", "q6"], Find(measures, "with evidence", "generation", "token F1").Groups!);
        Assert.Equal(["q1", "q2", "q1", "q2", "q5", "q6"], Find(measures, "refusal where the evidence does not answer", "generation", "F1").Groups!);
    }

    [Fact]
    public void Winoground_by_tag()
    {
        model.At(0, "i0", "c0", "j0", "j1");
        model.At(40, "i1", "c1", "d0", "d1");
        var set = new WinogroundSet("s", Pictures, [new("0", "i0", "i1", "c0", "c1", "Object"), new("1", "j0", "j1", "d0", "d1", "Relation")]);

        var measures = Run(set);

        Assert.Equal([1, 0.25], Find(measures, "all", "summary", "text").Outcomes);
        Assert.Equal([1, 1.0 / 6], Find(measures, "all", "alignment", "group").Outcomes);
        Assert.Equal([1], Find(measures, "Object", "summary", "image").Outcomes);
        Assert.Equal(1.0 / 6, Find(measures, "Relation", "summary", "group").Random!.Value, 1e-9);
    }

    [Fact]
    public void Stories_by_sequence_and_by_order()
    {
        var stories = new List<Story>();
        for (var s = 0; s < 4; s++)
        {
            var steps = new List<StoryStep>();
            for (var step = 0; step < 3; step++)
            {
                // A story's own part of the circle, its steps one after the other.
                model.At(90 * s + 20 * step, $"{s}{step}.png");
                model.At(90 * s + 20 * step + 2, $"text {s}{step}");
                steps.Add(new($"{s}{step}.png", $"text {s}{step}"));
            }

            stories.Add(new Story($"story {s}", steps));
        }

        var measures = Run(new StorySet("s", Pictures, stories));
        var some = IEvaluationTask.For(new StorySet("s", Pictures, stories), ["summary", "alignment"]).Run(model, CancellationToken.None).ToList();
        Assert.Equal(measures.Where(static m => m.Score is "summary" or "alignment").Select(static m => (m.Task, m.Score, m.Name)), some.Select(static m => (m.Task, m.Score, m.Name)));

        foreach (var score in (string[])["alignment", "normalised alignment", "DTW", "soft-DTW"])
        {
            Assert.Equal(1, Find(measures, "texts to their pictures in order", score, "R@1").Interval.Value);
            Assert.Equal([1, 1, 1, 1], Find(measures, "pictures in order or shuffled, by the texts", score, "accuracy").Outcomes);
            Assert.Equal([1, 1, 1, 1], Find(measures, "texts in order or shuffled, by the pictures", score, "accuracy").Outcomes);
        }

        // Means and best matches do not know of order.
        Assert.Equal([0.5, 0.5, 0.5, 0.5], Find(measures, "pictures in order or shuffled, by the texts", "mean", "accuracy").Outcomes);
        Assert.Equal([0.5, 0.5, 0.5, 0.5], Find(measures, "pictures in order or shuffled, by the texts", "MaxSim", "accuracy").Outcomes);
        Assert.Equal(1, Find(measures, "texts to their pictures in order", "mean", "R@1").Interval.Value);
        // The fake document vector is the last part's: the last text, whose picture lies nearest.
        Assert.Equal(1, Find(measures, "all but the last picture to that picture", "summary", "R@1").Interval.Value);
        Assert.Equal(1, Find(measures, "the last text alone to its picture", "summary", "R@1").Interval.Value);
        Assert.Equal(0.25, Find(measures, "all but the last text to that text", "summary", "R@1").Random!.Value, 1e-9);
        Assert.All(measures, static m => Assert.Null(m.Groups));
    }

    [Fact]
    public void Retellings_of_the_same_pictures_are_one_candidate_and_all_of_them_right()
    {
        // Three tell the first pictures, one tells others.
        model.At(0, "a0.png", "x0", "y0", "z0");
        model.At(20, "a1.png", "x1", "y1", "z1");
        model.At(90, "b0.png", "w0");
        model.At(110, "b1.png", "w1");
        Story[] stories =
        [
            new("x", [new("a0.png", "x0"), new("a1.png", "x1")]), new("w", [new("b0.png", "w0"), new("b1.png", "w1")]),
            new("y", [new("a0.png", "y0"), new("a1.png", "y1")]), new("z", [new("a0.png", "z0"), new("a1.png", "z1")]),
        ];

        var measures = Run(new StorySet("s", Pictures, stories));

        // A model that is right everywhere gets all of it, though the retellings' vectors are the same.
        var toPictures = Find(measures, "texts to their pictures in order", "alignment", "R@1");
        Assert.Equal(["x", "w", "y", "z"], toPictures.Items);
        Assert.Equal(["x", "w", "x", "x"], toPictures.Groups!);
        Assert.Equal([1, 1, 1, 1], toPictures.Outcomes);
        Assert.Equal(0.5, toPictures.Random!.Value, 1e-9);
        var toTexts = Find(measures, "pictures to their texts in order", "alignment", "R@1");
        Assert.Equal(["x", "w"], toTexts.Items);
        Assert.Null(toTexts.Groups);
        Assert.Equal([1, 1], toTexts.Outcomes);
        Assert.Equal((3.0 / 4 + 1.0 / 4) / 2, toTexts.Random!.Value, 1e-9);
        Assert.Equal([1, 1, 1, 1], Find(measures, "the last text alone to its picture", "alignment", "R@1").Outcomes);
        Assert.Equal(0.5, Find(measures, "the last text alone to its picture", "alignment", "R@1").Random!.Value, 1e-9);
        var order = Find(measures, "pictures in order or shuffled, by the texts", "alignment", "accuracy");
        Assert.Equal(["x", "w", "y", "z"], order.Items);
        Assert.Equal(["x", "w", "x", "x"], order.Groups!);
    }

    [Fact]
    public void Object_hallucination_beside_blind_answers()
    {
        model.Reply = static asked => asked.Question.Parts is [ImagePart, _] ? asked.Question.Id == "3" ? "maybe" : "Yes." : "No.";
        var set = new PopeSet("s", Pictures, [new("1", "a", "A cat?", true), new("2", "a", "A dog?", false), new("3", "b", "A cow?", false), new("4", "b", "A hen?", true)]);

        var measures = Run(set);

        var accuracy = Find(measures, "is it there", "generation", "accuracy");
        Assert.Equal([1, 0, 0, 1], accuracy.Outcomes);
        Assert.Equal(["a", "a", "b", "b"], accuracy.Groups!);
        Assert.Equal([0, 1, 1, 0], accuracy.TextOnly!.Outcomes);
        Assert.Equal(0.8, Find(measures, "is it there", "generation", "F1").Interval.Value, 1e-9);
        Assert.Equal(0.75, Find(measures, "is it there", "generation", "share of yes").Interval.Value, 1e-9);
        Assert.Equal(0.25, Find(measures, "is it there", "generation", "share of neither").Interval.Value, 1e-9);
    }

    [Fact]
    public void Answers_with_evidence_minus_those_without_and_refusals()
    {
        var about = new QuestionItem("q1", Question(new ImagePart(new FileImage("a")), new TextPart("What?")), null, ["cat"], true);
        var open = new QuestionItem("q2", Question(new TextPart("Who?")), [Question(new TextPart("Ann."))], ["Ann"], true);
        var unanswerable = new QuestionItem("q3", Question(new TextPart("When?")), [Question(new TextPart("Ann."))], [], false);
        var careless = new QuestionItem("q4", Question(new TextPart("Where?")), [Question(new TextPart("Ann."))], [], false);
        model.Reply = asked => (asked.Question.Id, asked.Evidence) switch
        {
            ("q1", _) => asked.Question.Parts.Count == 2 ? "A cat." : "A dog.",
            ("q2", not null) => "Ann [1].",
            ("q3", not null) => "The documents do not say.",
            _ => "Bob.",
        };

        var measures = Run(new QuestionSet("s", Pictures, [about, open, unanswerable, careless], 8));

        var answered = Find(measures, "question about its content", "generation", "exact match");
        Assert.Equal([1], answered.Outcomes);
        Assert.Equal([0], answered.TextOnly!.Outcomes);
        Assert.Equal([1], Find(measures, "with evidence", "generation", "token F1").Outcomes);
        Assert.Equal([0], Find(measures, "closed book", "generation", "token F1").Outcomes);
        Assert.Equal([1], Find(measures, "with evidence minus closed book", "generation", "token F1").Outcomes);
        // Of two that can't be answered one is refused, and nothing else is.
        Assert.Equal(2.0 / 3, Find(measures, "refusal where the evidence does not answer", "generation", "F1").Interval.Value, 1e-9);
        Assert.Equal(1, Find(measures, "refusal where the evidence does not answer", "generation", "precision").Interval.Value);
        Assert.Equal(0.5, Find(measures, "refusal where the evidence does not answer", "generation", "recall").Interval.Value);
    }

    [Fact]
    public void What_refusal_json_changes_stands_beside_what_the_model_says_by_itself()
    {
        var open = new QuestionItem("q1", Question(new TextPart("Who?")), [Question(new TextPart("Ann."))], ["Ann"], true);
        var unanswerable = new QuestionItem("q2", Question(new TextPart("When?")), [Question(new TextPart("Ann."))], [], false);
        model.IsCalibrated = true;
        model.Reply = static asked => asked.IsUncalibrated == (asked.Question.Id == "q1") ? "The documents do not say." : "Ann";

        var measures = Run(new QuestionSet("s", null, [open, unanswerable], 8));

        var refusal = Find(measures, "refusal where the evidence does not answer", "generation", "F1");
        Assert.Equal(1, refusal.Interval.Value);
        Assert.True(refusal.IsHeadline);
        Assert.Equal([1], Find(measures, "with evidence", "generation", "token F1").Outcomes);
        Assert.Equal(0, Find(measures, "refusal, without refusal.json", "generation", "F1").Interval.Value);
        Assert.Equal([0], Find(measures, "with evidence, without refusal.json", "generation", "token F1").Outcomes);
        model.IsCalibrated = false;
        Assert.DoesNotContain(Run(new QuestionSet("s", null, [open, unanswerable], 8)), static m => m.Task.Contains("refusal.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Texts_that_the_limit_cut_off_are_counted()
    {
        static QuestionItem About(string id) => new(id, Question(new TextPart(id)), [Question(new TextPart($"{id} is Ann.")) with { Id = $"page {id}" }], ["Ann"], true);
        var set = new QuestionSet("s", null, [About("q1"), About("q2")], 8);
        model.Reply = static asked => asked.Question.Id == "q1" && asked.Evidence is not null ? "Ann" : "Ann and";
        model.IsComplete = static text => text == "Ann";

        var measures = Run(set);

        Assert.Equal([1, 0], Find(measures, "with evidence", "generation", "complete").Outcomes);
        Assert.Equal([0, 0], Find(measures, "closed book", "generation", "complete").Outcomes);
        Assert.DoesNotContain(measures, static m => m.IsDifference && m.Name == "complete");
        model.IsComplete = static _ => true;
        Assert.DoesNotContain(Run(set), static m => m.Name == "complete");
    }

    [Fact]
    public void A_difference_is_no_share_even_where_evidence_does_no_harm()
    {
        static QuestionItem From(string id) => new(id, Question(new TextPart("Who?")), [Question(new TextPart($"{id} is Ann.")) with { Id = $"page {id}" }], ["Ann"], true);
        model.Reply = static asked => asked.Evidence is not null || asked.Question.Id == "q2" ? "Ann" : "Bob";

        var difference = Find(Run(new QuestionSet("s", null, [From("q1"), From("q2"), From("q3")], 8)), "with evidence minus closed book", "generation", "exact match");

        Assert.Equal([1, 0, 1], difference.Outcomes);
        Assert.Equal(Aggregation.Difference(Aggregate.Mean, [1, 0, 1], [0, 0, 0]), difference.Interval);
        Assert.NotEqual(Wilson.Of(2, 3), difference.Interval);
    }

    [Fact]
    public void Comparing_ends_when_it_is_cancelled()
    {
        model.At(0, "a.png", "b.png", "a", "b");
        EvaluationSet[] sets =
        [
            new CaptionSet("s", Pictures, [new("a", "a.png", ["a"])], "Describe.", 8, 0),
            new StorySet("s", Pictures, [new Story("a", [new("a.png", "a"), new("b.png", "b")])]),
        ];
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.All(sets, set => Assert.ThrowsAny<OperationCanceledException>(() => IEvaluationTask.For(set).Run(model, cancelled.Token).ToList()));
    }

    [Fact]
    public void Questions_without_any_evidence_have_no_figures_about_it()
    {
        var measures = Run(new QuestionSet("s", null, [new("q", Question(new TextPart("What?")), null, ["cat"], true)], 8));
        Assert.Equal(["exact match", "token F1", "ROUGE-L"], measures.Select(static m => m.Name));
        Assert.All(measures, static m => Assert.Null(m.TextOnly));
    }

    private List<MeasureResult> Run(EvaluationSet set) => [.. IEvaluationTask.For(set).Run(model, CancellationToken.None)];

    private static MeasureResult Find(List<MeasureResult> measures, string task, string score, string name) =>
        Assert.Single(measures, m => m.Task == task && m.Score == score && m.Name == name);

    private static InterleavedDocument Question(params DocumentPart[] parts) => new() { Id = "d", Parts = parts };
}
