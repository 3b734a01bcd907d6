using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>What is measured on one set.</summary>
internal interface IEvaluationTask
{
    IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken);

    /// <param name="scores">Of the similarities that stories are measured by, the names of those wanted; null for all.</param>
    static IEvaluationTask For(EvaluationSet set, IReadOnlyCollection<string>? scores = null) => set switch
    {
        CaptionSet captions => new CaptionTask(captions),
        HardNegativeSet negatives => new HardNegativeTask(negatives),
        WinogroundSet pairs => new WinogroundTask(pairs),
        StorySet stories => new StoryTask(stories, scores),
        PopeSet objects => new PopeTask(objects),
        QuestionSet questions => new QuestionTask(questions),
        _ => throw new ArgumentException($"Nothing is measured on a {set.GetType().Name}.", nameof(set)),
    };
}
