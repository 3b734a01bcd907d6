namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>
/// A generated answer against the right ones, the best of which counts: exact match and token F1 as SQuAD has them (Rajpurkar et al. 2016), and
/// ROUGE-L's F1 (Lin 2004), all over <see cref="AnswerWords"/>.
/// </summary>
public static class AnswerMeasure
{
    public static double ExactMatch(string answer, IReadOnlyList<string> right) => Best(answer, right, static (a, r) => a.SequenceEqual(r) ? 1 : 0);

    public static double TokenF1(string answer, IReadOnlyList<string> right) => Best(answer, right, static (a, r) => F1(Overlap(a, r), a.Length, r.Length));

    public static double RougeL(string answer, IReadOnlyList<string> right) => Best(answer, right, static (a, r) => F1(LongestCommonSubsequence(a, r), a.Length, r.Length));

    private static double Best(string answer, IReadOnlyList<string> right, Func<string[], string[], double> score)
    {
        if (right.Count == 0)
            throw new ArgumentException("No answer is right.", nameof(right));
        var words = AnswerWords.Of(answer);
        return right.Max(r => score(words, AnswerWords.Of(r)));
    }

    /// <summary>Of nothing and nothing it is 1: saying nothing is then right.</summary>
    private static double F1(int common, int said, int right) => said + right == 0 ? 1 : 2.0 * common / (said + right);

    private static int Overlap(string[] a, string[] b)
    {
        var left = b.CountBy(static w => w, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var common = 0;
        foreach (var word in a)
        {
            if (!left.TryGetValue(word, out var count) || count == 0)
                continue;
            left[word] = count - 1;
            common++;
        }

        return common;
    }

    private static int LongestCommonSubsequence(string[] a, string[] b)
    {
        var row = new int[b.Length + 1];
        foreach (var word in a)
        {
            var diagonal = 0;
            for (var j = 1; j <= b.Length; j++)
            {
                var longest = word == b[j - 1] ? diagonal + 1 : Math.Max(row[j], row[j - 1]);
                diagonal = row[j];
                row[j] = longest;
            }
        }

        return row[^1];
    }
}
