using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Model.Generation;

/// <summary>
/// For one text: whether it says that the documents do not say, decided where its prompt ends, before its first token. The pass that reads the question reads
/// the refusal behind the prompt too, so that both likelihoods come from it.
/// </summary>
/// <param name="sentence">Ids of the refusal and of what ends it.</param>
internal sealed class RefusalChoice(RefusalSettings settings, int[] sentence, AskedSpan asked)
{
    private bool refuses;

    // log(1 - P(second | first)): what is left of the first token's probability when the refusal is left out.
    private float firstElsewhere;

    /// <summary>Null until the pass.</summary>
    public RefusalSigns? Signs { get; private set; }

    /// <summary>The prompt's token from which on all of it is read in one pass: from its state the question's first token is foretold.</summary>
    public int First => asked.Start - 1;

    /// <summary>Read behind the prompt in that pass, and taken back.</summary>
    public ReadOnlySpan<int> Behind => sentence.AsSpan(0, sentence.Length - 1);

    /// <param name="prompt">Its ids.</param>
    /// <param name="logits">[rows,V] from <see cref="First"/> to the end of <see cref="Behind"/>.</param>
    /// <param name="logSums">Logarithms of the sums of their exponentials.</param>
    /// <returns>The row after the prompt.</returns>
    public int Decide(ReadOnlySpan<int> prompt, ReadOnlySpan<float> logits, ReadOnlySpan<float> logSums)
    {
        var vocabulary = logits.Length / logSums.Length;
        var question = new double[asked.Length];
        for (var i = 0; i < question.Length; i++)
            question[i] = logits[(i * vocabulary) + prompt[asked.Start + i]] - logSums[i];
        var end = prompt.Length - 1 - First;
        var refusal = new double[sentence.Length];
        for (var i = 0; i < refusal.Length; i++)
            refusal[i] = logits[((end + i) * vocabulary) + sentence[i]] - logSums[end + i];
        Signs = RefusalSigns.Of(question, refusal);
        refuses = settings.Score(Signs.Value) > 0;
        firstElsewhere = (float)Math.Log(1 - Math.Min(1, Math.Exp(refusal[1])));
        return end;
    }

    /// <summary>The token that has to come next, at a place of the text; null where the model chooses.</summary>
    public int? Forced(int place) => refuses ? sentence[place] : null;

    /// <summary>Where the evidence answers, the model chooses among all texts that do not begin with the refusal.</summary>
    /// <param name="previous">The token before the place.</param>
    /// <returns>The logits to choose by.</returns>
    public ReadOnlySpan<float> WithoutRefusal(ReadOnlySpan<float> logits, int place, int previous)
    {
        if (place > 1 || (place == 1 && previous != sentence[0]))
            return logits;
        var judged = logits.ToArray();
        judged[sentence[place]] = place == 0 ? judged[sentence[0]] + firstElsewhere : float.NegativeInfinity;
        return judged;
    }
}
