using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A question with its evidence, before it becomes a training sample or a line of an evaluation set.</summary>
/// <param name="Rank">Of the passage that answers, from 0; -1 when none does.</param>
internal sealed record ManualQuestion(ManualFact Fact, string Question, IReadOnlyList<Passage> Evidence, int Rank)
{
    /// <summary>As the product's instruction says it.</summary>
    public const string Refusal = PreparationSettings.Refusal;

    public string Answer => Rank < 0 ? Refusal : $"{Fact.Answer} [{Rank + 1}]";
}
