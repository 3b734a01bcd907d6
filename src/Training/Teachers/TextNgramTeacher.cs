using System.Text;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// Texts by their spelling, nothing learned: counts of all stretches of 3 to 5 characters of each lower-cased word with its bounds, hashed
/// to 512 places with signs (Weinberger et al., ICML 2009), square roots taken. It sees shared words and stems, not meaning.
/// </summary>
public sealed class TextNgramTeacher : ITeacher
{
    private const int Shortest = 3, Longest = 5;

    public static string Kind => "text-ngrams";

    public string Name => Kind;

    public TeacherSpace Space => TeacherSpace.TextOnly;

    public int Dimension => 512;

    public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
    {
        for (var p = 0; p < parts.Count; p++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (parts[p].Part is not TextContent { Text: var text })
                throw new ArgumentException($"part {p} is no text", nameof(parts));
            var vector = vectors.Slice(p * Dimension, Dimension);
            foreach (var word in Words(text))
                Add(word, vector);
            foreach (ref var value in vector)
                value = MathF.Sign(value) * MathF.Sqrt(MathF.Abs(value));
        }
    }

    public void Dispose()
    {
    }

    /// <summary>Runs of letters and digits, each with a space before and after.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder(" ");
        foreach (var c in text.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c))
            {
                word.Append(c);
            }
            else if (word.Length > 1)
            {
                yield return word.Append(' ').ToString();
                word.Clear().Append(' ');
            }
        }

        if (word.Length > 1)
            yield return word.Append(' ').ToString();
    }

    private static void Add(string word, Span<float> vector)
    {
        for (var start = 0; start < word.Length; start++)
        {
            // FNV-1a over the characters, continued from one length to the next.
            var hash = 14695981039346656037UL;
            for (var length = 1; length <= Longest && start + length <= word.Length; length++)
            {
                hash = (hash ^ word[start + length - 1]) * 1099511628211UL;
                if (length < Shortest)
                    continue;
                var mixed = hash ^ (hash >> 32);
                vector[(int)(mixed % (ulong)vector.Length)] += (hash >> 63) == 0 ? 1 : -1;
            }
        }
    }
}
