namespace UnifiedVlm.Training.Recipes;

/// <summary>How much an answer counts by its length of n tokens in the mean of a batch.</summary>
public enum AnswerAveraging
{
    /// <summary>n: every token counts the same. A batch of long answers leaves little to those of a word.</summary>
    Tokens,

    /// <summary>The root of n (InternVL 2.5's square averaging, arXiv 2412.05271).</summary>
    Root,

    /// <summary>1: every answer counts the same.</summary>
    Samples,
}
