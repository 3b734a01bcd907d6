namespace UnifiedVlm.Training.Layout;

/// <summary>What one batch of a step learns from, laid out.</summary>
/// <param name="Pairs">Null without L_c.</param>
/// <param name="Captions">Empty without the loss, as are the others.</param>
internal sealed record StepBatch(
    PairBatch? Pairs,
    IReadOnlyList<TrainingSequence> Captions,
    IReadOnlyList<TrainingSequence> Dialogues,
    IReadOnlyList<TrainingSequence> Documents) : IDisposable
{
    public IEnumerable<TrainingSequence> All => (Pairs?.Sides ?? []).Concat(Captions).Concat(Dialogues).Concat(Documents);

    public void Dispose()
    {
        foreach (var sequence in All)
            sequence.Dispose();
    }
}
