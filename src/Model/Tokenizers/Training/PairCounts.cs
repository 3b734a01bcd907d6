namespace UnifiedVlm.Model.Tokenizers.Training;

/// <summary>How often each pair of neighbouring tokens occurs, and in which words.</summary>
internal sealed class PairCounts
{
    private readonly Dictionary<(int Left, int Right), (long Count, HashSet<int> Words)> pairs = [];

    // Ties go to the smaller ids, so that the same text gives the same tokenizer on every machine.
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> queue = new();

    public void Change(int left, int right, long by, int word)
    {
        var (count, words) = pairs.TryGetValue((left, right), out var known) ? known : (0, []);
        count += by;
        words.Add(word);
        pairs[(left, right)] = (count, words);
        if (by > 0)
            queue.Enqueue((left, right), (-count, left, right));
    }

    /// <summary>The most frequent pair with the words it was ever seen in; the pair is forgotten.</summary>
    public bool TryTake(out int left, out int right, out long count, out int[] words)
    {
        while (queue.TryDequeue(out var pair, out var priority))
        {
            if (!pairs.TryGetValue(pair, out var current))
                continue;
            if (current.Count != -priority.NegativeCount)
            {
                // The count has fallen since the entry was made: back in with the true one.
                if (current.Count > 0 && current.Count < -priority.NegativeCount)
                    queue.Enqueue(pair, (-current.Count, pair.Left, pair.Right));
                continue;
            }

            pairs.Remove(pair);
            (left, right, count) = (pair.Left, pair.Right, current.Count);
            words = [.. current.Words.Order()];
            return true;
        }

        (left, right, count, words) = (0, 0, 0, []);
        return false;
    }
}
