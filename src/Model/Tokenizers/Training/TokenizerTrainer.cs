using UnifiedVlm.Model.Tokenizers.Bpe;
using UnifiedVlm.Model.Tokenizers.Format;
using UnifiedVlm.Model.Tokenizers.Normalizers;
using UnifiedVlm.Model.Tokenizers.PreTokenizers;

namespace UnifiedVlm.Model.Tokenizers.Training;

/// <summary>
/// Trains a byte-level BPE tokenizer (Sennrich et al. 2016, arXiv 1508.07909; bytes as in GPT-2). Deterministic: the same texts give the
/// same bytes of <c>tokenizer.json</c>.
/// </summary>
public sealed class TokenizerTrainer
{
    /// <summary>Words with one character before them, single digits, punctuation with the line ends after it, white space.</summary>
    internal const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly TokenizerTrainerOptions options;
    private readonly UnicodeNormalizer normalizer = new(UnicodeForm.NFC);
    private readonly SplitPreTokenizer preTokenizer = new(new CodePointRegex(PatternReader.Compile(Pattern)), SplitBehavior.Isolated, invert: false);
    private readonly Dictionary<string, long> words = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The vocabulary can't hold the 256 bytes and the special tokens, or a special token is empty or given twice.</exception>
    public TokenizerTrainer(TokenizerTrainerOptions options)
    {
        if (options.VocabularySize < 256 + options.SpecialTokens.Count)
            throw new ArgumentException($"A vocabulary of {options.VocabularySize} can't hold 256 bytes and {options.SpecialTokens.Count} special tokens.", nameof(options));
        if (options.SpecialTokens.Any(string.IsNullOrEmpty) || options.SpecialTokens.Distinct(StringComparer.Ordinal).Count() != options.SpecialTokens.Count)
            throw new ArgumentException("Special tokens must not be empty nor occur twice.", nameof(options));
        this.options = options;
    }

    /// <summary>Merges that the last <see cref="Train"/> has learned: fewer than there is room for where no more pairs are frequent enough.</summary>
    public int Merges { get; private set; }

    /// <summary>Ids below the special tokens that the last <see cref="Train"/> has left without a meaning.</summary>
    public int Unused { get; private set; }

    /// <summary>Counts the words of a text. The order of texts does not matter.</summary>
    public void Add(string text)
    {
        text = normalizer.Normalize(text);
        var pieces = new List<Piece>();
        preTokenizer.Split(new Piece(text, 0, text.Length, Leading: true), pieces);
        var counts = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in pieces)
            counts[piece.Span] = counts.TryGetValue(piece.Span, out var count) ? count + 1 : 1;
    }

    /// <summary>Learns the merges and writes the content of a <c>tokenizer.json</c>.</summary>
    public byte[] Train(CancellationToken cancellationToken = default)
    {
        var tokens = Enumerable.Range(0, 256).Select(static b => ByteAlphabet.ToCharacter((byte)b)).Order().Select(static c => c.ToString()).ToList();
        var merges = new List<(string Left, string Right)>();
        Learn(tokens, merges, cancellationToken);
        Merges = merges.Count;
        Unused = options.SpecialTokens.Count == 0 ? 0 : options.VocabularySize - options.SpecialTokens.Count - tokens.Count;

        // Others give added tokens the ids after the vocabulary's, whatever the file says: a gap would move the special ones.
        return TokenizerWriter.Write(tokens, merges, [.. Enumerable.Range(tokens.Count, Unused).Select(UnusedName), .. options.SpecialTokens]);
    }

    private string UnusedName(int id)
    {
        var name = $"<|unused_{id}|>";
        while (options.SpecialTokens.Contains(name))
            name = $"<{name}>";
        return name;
    }

    private void Learn(List<string> tokens, List<(string Left, string Right)> merges, CancellationToken cancellationToken)
    {
        var ids = tokens.Select(static (token, id) => (token, id)).ToDictionary(static p => p.token, static p => p.id, StringComparer.Ordinal);
        var (sequences, counts) = Words(ids);
        var pairs = new PairCounts();
        for (var word = 0; word < sequences.Length; word++)
            CountPairs(pairs, sequences[word], counts[word], word);

        var target = options.VocabularySize - options.SpecialTokens.Count;
        while (tokens.Count < target && pairs.TryTake(out var left, out var right, out var count, out var touched))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (count < options.MinFrequency)
                break;
            var token = tokens[left] + tokens[right];
            if (token.Length > options.MaxTokenBytes)
                continue;

            // Two different pairs may spell the same token; it keeps its first id.
            merges.Add((tokens[left], tokens[right]));
            if (!ids.TryGetValue(token, out var id))
            {
                ids.Add(token, id = tokens.Count);
                tokens.Add(token);
            }

            foreach (var word in touched)
            {
                var before = sequences[word];
                var after = Replace(before, left, right, id);
                if (after.Length == before.Length)
                    continue;
                CountPairs(pairs, before, -counts[word], word, (left, right));
                CountPairs(pairs, after, counts[word], word);
                sequences[word] = after;
            }
        }
    }

    private (int[][] Sequences, long[] Counts) Words(Dictionary<string, int> ids)
    {
        var sorted = words.OrderBy(static w => w.Key, StringComparer.Ordinal).ToArray();
        return (
            [.. sorted.Select(w => System.Text.Encoding.UTF8.GetBytes(w.Key).Select(b => ids[ByteAlphabet.ToCharacter(b).ToString()]).ToArray())],
            [.. sorted.Select(static w => w.Value)]);
    }

    private static void CountPairs(PairCounts pairs, int[] sequence, long by, int word, (int Left, int Right)? except = null)
    {
        for (var i = 0; i + 1 < sequence.Length; i++)
        {
            if ((sequence[i], sequence[i + 1]) != except)
                pairs.Change(sequence[i], sequence[i + 1], by, word);
        }
    }

    private static int[] Replace(int[] sequence, int left, int right, int id)
    {
        var output = new List<int>(sequence.Length);
        for (var i = 0; i < sequence.Length; i++)
        {
            if (i + 1 < sequence.Length && sequence[i] == left && sequence[i + 1] == right)
            {
                output.Add(id);
                i++;
            }
            else
            {
                output.Add(sequence[i]);
            }
        }

        return [.. output];
    }
}
