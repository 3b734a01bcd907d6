using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>
/// What a generated answer says to a question that is answered by yes or no. POPE's own script reads the first sentence, takes "no" and "not" for a no and all
/// else for a yes; here a yes has to be said, so that a model that says neither gets no credit for it.
/// </summary>
public static partial class YesNo
{
    /// <summary>
    /// The first word that decides: yes and no anywhere, "not" and its short forms in the first sentence only, for later ones tell of something else. Null when
    /// there is none.
    /// </summary>
    public static bool? Of(string answer)
    {
        var end = SentenceEnd().Match(answer) is { Success: true } found ? found.Index : answer.Length;
        foreach (var word in Word().EnumerateMatches(answer))
        {
            switch (answer.AsSpan(word.Index, word.Length).ToString().ToLowerInvariant().Replace('\u2019', '\''))
            {
                case "yes" or "yeah" or "yep":
                    return true;
                case "no" or "nope":
                    return false;
                case var other when word.Index < end && (other is "not" or "cannot" || other.EndsWith("n't", StringComparison.Ordinal)):
                    return false;
            }
        }

        return null;
    }

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+(?:['\u2019]\p{L}+)?")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<=\w)[.!?]")]
    private static partial Regex SentenceEnd();
}
