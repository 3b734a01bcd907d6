namespace UnifiedVlm.Training.Layout;

/// <summary>What one batch of a step learns from, laid out.</summary>
/// <param name="Pairs">Null without L_c.</param>
/// <param name="Captions">Empty without the loss, as are dialogues and documents.</param>
/// <param name="Sequences">Null without L_d.</param>
internal sealed record StepBatch(
    PairBatch? Pairs,
    IReadOnlyList<TrainingSequence> Captions,
    IReadOnlyList<TrainingSequence> Dialogues,
    IReadOnlyList<TrainingSequence> Documents,
    SequenceBatch? Sequences) : IDisposable
{
    public IEnumerable<TrainingSequence> All => (Pairs?.Sides ?? []).Concat(Captions).Concat(Dialogues).Concat(Documents).Concat(Sequences?.Sequences ?? []);

    /// <summary>A pair counts as one.</summary>
    public int Samples => (Pairs?.Count ?? 0) + Captions.Count + Dialogues.Count + Documents.Count + (Sequences?.Sequences.Count ?? 0);

    public void Dispose()
    {
        foreach (var sequence in All)
            sequence.Dispose();
    }
}
