using UnifiedVlm.Documents;
using UnifiedVlm.Training.Evaluation;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

/// <summary>What is said when an item's picture can't be decoded.</summary>
public sealed class ItemFailureTests
{
    private static readonly DocumentRejectedException Broken = new("parts[1].data", "is damaged", "Send a whole picture.");

    [Fact]
    public void The_item_and_its_files_are_named()
    {
        var content = new InterleavedDocument { Id = "d", Parts = [new TextPart("x"), new ImagePart(new FileImage("a.png")), new ImagePart(new FileImage("b.png"))] };
        Assert.Equal("story 7: parts[1].data: is damaged. Send a whole picture; its pictures: a.png, b.png", ItemFailure.Of("story 7", [content], Broken).Message);
        Assert.Equal("text: parts[1].data: is damaged. Send a whole picture.", ItemFailure.Of("text", [], Broken).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_set_is_named(bool isParallel)
    {
        var model = new FakeEvaluatedModel
        {
            Reply = asked =>
            {
                var failure = ItemFailure.Of(asked.Question.Id, [asked.Question], Broken);
                throw isParallel ? new AggregateException(failure) : failure;
            },
        };
        var entry = SetManifest.Load(Path.Combine(AppContext.BaseDirectory, "data", "evaluation", "eval")).Single(static e => e.Format == SetFormat.Questions);
        var error = Assert.Throws<SetFormatException>(() => Evaluator.Run(model, entry, null, null, keepGoing: false, CancellationToken.None));
        Assert.StartsWith("set questions: q1: parts[1].data: is damaged.", error.Message, StringComparison.Ordinal);
        Assert.Contains("cat.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_that_the_model_cannot_be_given_are_left_out_where_it_keeps_going()
    {
        var model = new FakeEvaluatedModel { Problem = static item => item.Id == "q1" ? ItemFailure.Of(item.Id, item.Content, Broken) : null };
        var entry = SetManifest.Load(Path.Combine(AppContext.BaseDirectory, "data", "evaluation", "eval")).Single(static e => e.Format == SetFormat.Questions);

        var result = Evaluator.Run(model, entry, null, null, keepGoing: true, CancellationToken.None);

        Assert.Equal(2, result.Count);
        Assert.StartsWith("q1: parts[1].data: is damaged.", Assert.Single(result.LeftOut), StringComparison.Ordinal);
        Assert.Equal("1 item is left out: it can't be used", result.Note);
        Assert.NotEqual(Evaluator.Run(model, entry, null, null, keepGoing: false, CancellationToken.None).Digest, result.Digest);
        model.Problem = static item => ItemFailure.Of(item.Id, item.Content, Broken);
        Assert.Contains("the first of 3: q1", Assert.Throws<SetFormatException>(() => Evaluator.Run(model, entry, null, null, keepGoing: true, CancellationToken.None)).Message, StringComparison.Ordinal);
    }
}
