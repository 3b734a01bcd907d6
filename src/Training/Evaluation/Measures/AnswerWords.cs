using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UnifiedVlm.Model.Tokenizers.Normalizers;

namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>
/// An answer as the words that are compared, as SQuAD's script normalises it (Rajpurkar et al. 2016): lower case, punctuation deleted, so that "1,000" is
/// "1000" and "U.S." is "US", and without the articles. Beyond the script it leaves out citations such as [2], deletes the punctuation of every script and
/// compares composed and decomposed letters as equal.
/// </summary>
public static partial class AnswerWords
{
    private static readonly UnicodeNormalizer Nfc = new(UnicodeForm.NFC);

    public static string[] Of(string answer)
    {
        var plain = new StringBuilder();
        foreach (var rune in Citation().Replace(Nfc.Normalize(answer), " ").ToLowerInvariant().EnumerateRunes())
        {
            if (IsWordPart(Rune.GetUnicodeCategory(rune)))
                plain.Append(rune);
            else if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
                plain.Append(' ');
        }

        return [.. plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(static word => word is not ("a" or "an" or "the"))];
    }

    /// <summary>Marks are part of their letter: of most Indic words they are half.</summary>
    private static bool IsWordPart(UnicodeCategory category) => category is <= UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;

    /// <summary>An index such as the one of arr[0] directly follows its word, and is part of the answer.</summary>
    [GeneratedRegex(@"(?<![\p{L}\p{M}\p{N}_](?:\[\d+\])*)\[\d+\]")]
    private static partial Regex Citation();
}
