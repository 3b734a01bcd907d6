namespace UnifiedVlm.Training.Layout;

/// <summary>The sequences of parts of a batch.</summary>
/// <param name="Sequences">n, laid out as documents whose parts are wanted.</param>
/// <param name="Target">[n,n] row-major: how alike they are to the teachers.</param>
internal sealed record SequenceBatch(IReadOnlyList<TrainingSequence> Sequences, float[] Target)
{
    /// <summary>Parts of each sequence, as the model reads it.</summary>
    public int[] Lengths => [.. Sequences.Select(static s => s.Parts)];
}
