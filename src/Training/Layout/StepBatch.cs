namespace UnifiedVlm.Training.Layout;

/// <summary>What one batch of a step learns from, laid out.</summary>
/// <param name="Regions">Empty without the loss, as are captions, dialogues and documents. They don't reach the decoder.</param>
/// <param name="Pairs">Null without L_c.</param>
/// <param name="Parts">Null without the loss.</param>
/// <param name="Sequences">Null without L_d.</param>
internal sealed record StepBatch(
    IReadOnlyList<TrainingSequence> Regions,
    PairBatch? Pairs,
    IReadOnlyList<TrainingSequence> Captions,
    IReadOnlyList<TrainingSequence> Dialogues,
    IReadOnlyList<TrainingSequence> Documents,
    PartsBatch? Parts,
    SequenceBatch? Sequences) : IDisposable
{
    /// <summary>What goes through the decoder.</summary>
    public IEnumerable<TrainingSequence> Decoded => (Pairs?.Sides ?? []).Concat(Captions).Concat(Dialogues).Concat(Documents).Concat(Parts?.Sequences ?? []).Concat(Sequences?.Sequences ?? []);

    public IEnumerable<TrainingSequence> All => Regions.Concat(Decoded);

    /// <summary>A pair counts as one.</summary>
    public int Samples => Regions.Count + (Pairs?.Count ?? 0) + Captions.Count + Dialogues.Count + Documents.Count + (Parts?.Sequences.Count ?? 0) + (Sequences?.Sequences.Count ?? 0);

    public void Dispose()
    {
        foreach (var sequence in All)
            sequence.Dispose();
    }
}
