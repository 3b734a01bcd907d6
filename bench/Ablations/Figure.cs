using UnifiedVlm.Training.Evaluation.Results;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>A column of the study: one measure of one set.</summary>
/// <param name="Label">Of the column.</param>
/// <param name="Set">Of <c>uvlm data build</c>.</param>
internal sealed record Figure(string Label, string Set, string Task, string Score, string Name)
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new("picture to caption, R@1", "retrieval-scenes", "picture to text", "summary", "R@1"),
        new("caption to picture, R@1", "retrieval-scenes", "text to picture", "summary", "R@1"),
        new("hard negatives, two objects", "hard-negatives-two-objects", "all kinds: picture chooses caption", "summary", "accuracy"),
        new("stories: pictures by their texts, R@1", "stories", "texts to their pictures in order", "alignment", "R@1"),
        new("stories: order of pictures", "stories", "pictures in order or shuffled, by the texts", "alignment", "accuracy"),
        new("questions about scenes, exact", "scene-questions", "question about its content", "generation", "exact match"),
        new("questions to manuals, F1", "manual-questions", "with evidence", "generation", "token F1"),
        new("captions of scenes, F1", "retrieval-scenes-long", "caption", "generation", "token F1"),
    ];

    /// <summary>Null where a result lacks it.</summary>
    public MeasureResult? In(EvaluationResult result) => result.Sets.FirstOrDefault(set => set.Name == Set)?.Measures
        .FirstOrDefault(measure => measure.Task == Task && measure.Score == Score && measure.Name == Name);
}
