namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>Whether an answer says that the evidence does not answer the question, in the words that the checkpoint's instruction asks for.</summary>
public static class Refusal
{
    private static readonly string[] Words = AnswerWords.Of("documents do not say");

    public static bool Is(string answer) => string.Join(' ', AnswerWords.Of(answer)).Contains(string.Join(' ', Words), StringComparison.Ordinal);
}
