namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>What a generated answer says to a question that is answered by yes or no.</summary>
public static class YesNo
{
    /// <summary>The first of the two words; null when neither occurs.</summary>
    public static bool? Of(string answer)
    {
        foreach (var word in AnswerWords.Of(answer))
        {
            if (word is "yes" or "no")
                return word == "yes";
        }

        return null;
    }
}
