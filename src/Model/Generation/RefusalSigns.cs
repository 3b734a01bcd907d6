namespace UnifiedVlm.Model.Generation;

/// <summary>What a model shows, before it has said a word, of whether the evidence answers a question. Natural log-odds.</summary>
/// <param name="Refusal">Of its saying that the documents do not say.</param>
/// <param name="Question">
/// Of its expecting a token of the question that stands behind the evidence: the query likelihood of language models for retrieval (Ponte and Croft, SIGIR 1998), as
/// a mean probability.
/// </param>
public readonly record struct RefusalSigns(double Refusal, double Question)
{
    // Certainty is finite: a sum of rounded logarithms tells no more.
    private const double Least = -50;
    private const double Most = -1e-6;

    /// <param name="question">Log-probabilities of the question's tokens.</param>
    /// <param name="refusal">Of the tokens of the refusal, its end among them.</param>
    public static RefusalSigns Of(ReadOnlySpan<double> question, ReadOnlySpan<double> refusal)
    {
        var said = 0.0;
        foreach (var token in refusal)
            said += token;
        said = Math.Clamp(said, Least, Most);
        var expected = 0.0;
        foreach (var token in question)
            expected += Math.Exp(token);

        // Half a token more on either side, so that a short question is never certain.
        return new RefusalSigns(said - Math.Log(1 - Math.Exp(said)), Math.Log((expected + 0.5) / (question.Length - expected + 0.5)));
    }
}
