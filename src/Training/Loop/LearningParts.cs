using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Training.Loop;

/// <summary>Which weights learn from a sequence, as far as it decides what a step costs.</summary>
/// <param name="Network">The network's own, but the vision encoder's.</param>
/// <param name="Vision">The vision encoder's own.</param>
/// <param name="Factors">An adapter's; none without one.</param>
/// <param name="EncodesApart">The adapter is in force where a summary is asked for and nowhere else, and the network's own weights learn from all else.</param>
internal sealed record LearningParts(bool Network, bool Vision, AdapterSize Factors, bool EncodesApart)
{
    public LearningParts From(TrainingSequence sequence) =>
        !EncodesApart ? this : sequence.HasSummary ? this with { Network = false, Vision = false } : this with { Factors = default };
}
