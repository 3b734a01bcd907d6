namespace UnifiedVlm.Training.Loop;

/// <summary>What a step measured. A loss that the recipe leaves out is null.</summary>
/// <param name="Pairs">Mean over the pairs, without its weight; of L_d the mean squared difference; of the others the mean over tokens.</param>
/// <param name="Captioning">Of the pairs' texts after their pictures' summaries.</param>
/// <param name="PartLoss">Supervised contrast of parts.</param>
/// <param name="Tokens">That went through the decoder.</param>
/// <param name="Pictures">That went through the vision encoder.</param>
/// <param name="PredictedTokens">Positions at which logits were computed.</param>
/// <param name="Samples">Pairs, captions, dialogues, documents and sequences.</param>
public sealed record StepLosses(double? Regions, double? Pairs, double? Captioning, double? Captions, double? Dialogues, double? Documents, double? PartLoss, double? Sequences, long Tokens, long Pictures, long PredictedTokens, int Samples)
{
    /// <summary>The parts that are there, by their names in recipes.</summary>
    public IEnumerable<(string Name, double Value)> Parts()
    {
        if (Regions is { } regions)
            yield return ("regions", regions);
        if (Pairs is { } pairs)
            yield return ("pairs", pairs);
        if (Captioning is { } captioning)
            yield return ("captioning", captioning);
        if (Captions is { } captions)
            yield return ("captions", captions);
        if (Dialogues is { } dialogues)
            yield return ("dialogues", dialogues);
        if (Documents is { } documents)
            yield return ("documents", documents);
        if (PartLoss is { } parts)
            yield return ("parts", parts);
        if (Sequences is { } sequences)
            yield return ("sequences", sequences);
    }

    /// <summary>The running mean over the batches of a step: this one over <paramref name="count"/> batches, and one more.</summary>
    public StepLosses Plus(StepLosses other, int count)
    {
        double? Mean(double? mean, double? value) => mean is { } m && value is { } v ? (m * count + v) / (count + 1) : mean ?? value;
        return new StepLosses(
            Mean(Regions, other.Regions), Mean(Pairs, other.Pairs), Mean(Captioning, other.Captioning), Mean(Captions, other.Captions), Mean(Dialogues, other.Dialogues), Mean(Documents, other.Documents), Mean(PartLoss, other.PartLoss), Mean(Sequences, other.Sequences),
            Tokens + other.Tokens, Pictures + other.Pictures, PredictedTokens + other.PredictedTokens, Samples + other.Samples);
    }

    public bool IsFinite => Parts().All(static part => double.IsFinite(part.Value));
}
