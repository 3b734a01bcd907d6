using UnifiedVlm.Documents;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// Whether the model sees in a picture what is not there. An answer that says neither yes nor no is wrong, and counts as a no. Beside it the
/// answers to the questions without the pictures.
/// </summary>
internal sealed class PopeTask(PopeSet set) : IEvaluationTask
{
    private const string Task = "is it there";

    private readonly string[] ids = [.. set.Items.Select(static item => item.Id)];

    private readonly string[] pictures = [.. set.Items.Select(static item => item.Picture)];

    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var seen = Answers(model, static item => [PictureFolder.Part(item.Picture), new TextPart(item.Question)], cancellationToken);
        var blind = Answers(model, static item => [new TextPart(item.Question)], cancellationToken);
        var yes = set.Items.Average(static item => item.IsYes ? 1.0 : 0);
        yield return Accuracy(Task, seen) with { TextOnly = Accuracy("without the pictures", blind), IsHeadline = true };

        // A coin's recall is 1/2 and its precision the share of yes.
        yield return Decided("F1", Aggregate.F1, seen, yes / (yes + 0.5)) with { IsHeadline = true };
        yield return Decided("precision", Aggregate.Precision, seen, yes);
        yield return Decided("recall", Aggregate.Recall, seen, 0.5);
        yield return Measure(Task, "share of yes", Aggregate.Mean, seen.Select(static a => a == true ? 1.0 : 0), 0.5);
        yield return Measure(Task, "share of neither", Aggregate.Mean, seen.Select(static a => a is null ? 1.0 : 0), null);
    }

    private bool?[] Answers(IEvaluatedModel model, Func<PopeItem, IReadOnlyList<DocumentPart>> parts, CancellationToken cancellationToken)
    {
        var asked = set.Items.Select(item => new AskedQuestion(new InterleavedDocument { Id = item.Id, Parts = parts(item) }, null, PopeSet.MaxTokens)).ToList();
        return [.. model.Answer(asked, set.Pictures, cancellationToken).Select(static answer => YesNo.Of(answer.Text))];
    }

    private MeasureResult Accuracy(string task, bool?[] answers) =>
        Measure(task, "accuracy", Aggregate.Mean, set.Items.Select((item, i) => answers[i] == item.IsYes ? 1.0 : 0), ChoiceMeasure.Random);

    private MeasureResult Decided(string name, Aggregate aggregate, bool?[] answers, double random) =>
        Measure(Task, name, aggregate, set.Items.Select((item, i) => Decision.Of(answers[i] == true, item.IsYes)), random);

    /// <summary>The questions on one picture count as one draw.</summary>
    private MeasureResult Measure(string task, string name, Aggregate aggregate, IEnumerable<double> outcomes, double? random) =>
        new(task, AnswerScores.Generation, name, aggregate, ids, [.. outcomes], random) { Groups = pictures };
}
