using UnifiedVlm.Training.Data.Evaluation;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>What <see cref="ManualBuilder"/> has made.</summary>
/// <param name="Pages">By manual and split.</param>
/// <param name="Facts">By kind and split.</param>
/// <param name="NearDuplicates">Pictures left out because another split holds one like them.</param>
/// <param name="SharedParagraphs">Left out of validation and test because training pages say the same.</param>
/// <param name="Evaluations">What the evaluation manifest is to list.</param>
internal sealed record ManualReport(
    IReadOnlyDictionary<string, int> Pages, IReadOnlyDictionary<string, int> Facts, int Pictures, int NearDuplicates, int SharedParagraphs, int Glosses,
    IReadOnlyList<EvaluationEntry> Evaluations);
