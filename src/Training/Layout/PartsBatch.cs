namespace UnifiedVlm.Training.Layout;

/// <summary>The sequences whose parts are told apart.</summary>
/// <param name="Meanings">R numbers, of the parts of all sequences one after another: the same where two parts say the same.</param>
internal sealed record PartsBatch(IReadOnlyList<TrainingSequence> Sequences, int[] Meanings)
{
    /// <summary>Parts of each sequence, as the model reads it.</summary>
    public int[] Lengths => [.. Sequences.Select(static s => s.Parts)];
}
