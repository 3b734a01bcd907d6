using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// Answers to questions about what they show, beside those without the pictures; answers from evidence, beside those without it; and whether
/// the model says so where the evidence does not answer.
/// </summary>
internal sealed class QuestionTask(QuestionSet set) : IEvaluationTask
{
    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken) =>
        About(model, [.. set.Items.Where(static item => item.Evidence is null && item.IsAnswerable)], cancellationToken)
            .Concat(FromEvidence(model, [.. set.Items.Where(static item => item.Evidence is not null)], cancellationToken));

    private IEnumerable<MeasureResult> About(IEvaluatedModel model, List<QuestionItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            yield break;
        var answers = Answer(model, items, static item => item.Question, withEvidence: false, cancellationToken);
        var blindItems = items.Where(static item => item.Question.Parts.Any(static p => p is ImagePart) && item.Question.Parts.Any(static p => p is TextPart)).ToList();
        var blind = blindItems.Count == 0
            ? []
            : Scores("without the pictures", blindItems, Answer(model, blindItems, WithoutPictures, withEvidence: false, cancellationToken)).ToDictionary(static m => m.Name);
        foreach (var measure in Scores("question about its content", items, answers))
            yield return measure with { TextOnly = blind.GetValueOrDefault(measure.Name) };
    }

    private IEnumerable<MeasureResult> FromEvidence(IEvaluatedModel model, List<QuestionItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            yield break;
        var answers = Answer(model, items, static item => item.Question, withEvidence: true, cancellationToken);
        var answerable = Enumerable.Range(0, items.Count).Where(i => items[i].IsAnswerable).ToList();
        var asked = answerable.ConvertAll(i => items[i]);
        if (answerable.Count > 0)
        {
            var open = Scores("with evidence", asked, answerable.ConvertAll(i => answers[i])).ToList();
            var closed = Scores("closed book", asked, Answer(model, asked, static item => item.Question, withEvidence: false, cancellationToken)).ToList();
            foreach (var measure in open.Concat(closed))
                yield return measure;
            foreach (var (with, without) in open.Zip(closed).Where(static pair => pair.First.Name != AnswerScores.Complete))
            {
                yield return with with
                {
                    Task = "with evidence minus closed book",
                    Outcomes = [.. with.Outcomes.Zip(without.Outcomes, static (a, b) => a - b)],
                    Random = 0,
                    IsDifference = true,
                };
            }
        }

        if (answerable.Count == items.Count)
            yield break;
        foreach (var measure in Refusals("refusal where the evidence does not answer", items, answers))
            yield return measure with { IsHeadline = measure.Aggregate == Aggregate.F1 };
        if (!model.IsCalibrated)
            yield break;

        // What refusal.json changes, and what it costs.
        var plain = Answer(model, items, static item => item.Question, withEvidence: true, cancellationToken, isUncalibrated: true);
        if (answerable.Count > 0)
        {
            foreach (var measure in Scores("with evidence, without refusal.json", asked, answerable.ConvertAll(i => plain[i])))
                yield return measure;
        }

        foreach (var measure in Refusals("refusal, without refusal.json", items, plain))
            yield return measure;
    }

    private static IEnumerable<MeasureResult> Refusals(string task, List<QuestionItem> items, IReadOnlyList<GeneratedText> answers)
    {
        var outcomes = items.Select((item, i) => Decision.Of(Refusal.Is(answers[i].Text), !item.IsAnswerable)).ToArray();
        var ids = items.ConvertAll(static item => item.Id);
        var groups = QuestionDraws.Of(items);
        var share = (double)items.Count(static item => !item.IsAnswerable) / items.Count;
        yield return new MeasureResult(task, AnswerScores.Generation, "F1", Aggregate.F1, ids, outcomes, share / (share + 0.5)) { Groups = groups };
        yield return new MeasureResult(task, AnswerScores.Generation, "precision", Aggregate.Precision, ids, outcomes, share) { Groups = groups };
        yield return new MeasureResult(task, AnswerScores.Generation, "recall", Aggregate.Recall, ids, outcomes, 0.5) { Groups = groups };
    }

    private IReadOnlyList<GeneratedText> Answer(
        IEvaluatedModel model, List<QuestionItem> items, Func<QuestionItem, InterleavedDocument> question, bool withEvidence, CancellationToken cancellationToken,
        bool isUncalibrated = false) =>
        model.Answer(
            items.ConvertAll(item => new AskedQuestion(question(item) with { Id = item.Id }, withEvidence ? item.Evidence : null, set.MaxTokens) { IsUncalibrated = isUncalibrated }),
            set.Pictures,
            cancellationToken);

    private static IEnumerable<MeasureResult> Scores(string task, List<QuestionItem> items, IReadOnlyList<GeneratedText> answers) =>
        AnswerScores.Measure(task, items.ConvertAll(static item => item.Id), answers, items.ConvertAll(static item => item.Answers), QuestionDraws.Of(items));

    private static InterleavedDocument WithoutPictures(QuestionItem item) => item.Question with { Parts = [.. item.Question.Parts.Where(static part => part is TextPart)] };
}
