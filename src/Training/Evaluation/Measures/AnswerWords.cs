using System.Text;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>An answer as the words that are compared: lower case, without citations such as [2], punctuation and the articles.</summary>
public static partial class AnswerWords
{
    public static string[] Of(string answer)
    {
        var plain = new StringBuilder();
        foreach (var rune in Citation().Replace(answer, " ").ToLowerInvariant().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                plain.Append(rune);
            else if (!IsApostrophe(rune))
                plain.Append(' ');
        }

        return [.. plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(static word => word is not ("a" or "an" or "the"))];
    }

    /// <summary>"Isn't" stays one word.</summary>
    private static bool IsApostrophe(Rune rune) => rune.Value is '\'' or '\u2019';

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Citation();
}
