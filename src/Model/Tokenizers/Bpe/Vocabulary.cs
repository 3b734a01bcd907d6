namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>Tokens by id and ids by token.</summary>
/// <param name="specials">Ids that no text may become.</param>
internal sealed class Vocabulary(Dictionary<string, int> ids, IReadOnlySet<int> specials)
{
    private readonly string?[] tokens = ByIds(ids);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>One more than the largest id.</summary>
    public int Size => tokens.Length;

    public int? Find(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) ? id : null;

    /// <summary>As <see cref="Find"/>, for what users write: a SentencePiece vocabulary holds <c>&lt;/s&gt;</c> beside the words.</summary>
    public int? FindText(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) && IsText(id) ? id : null;

    /// <summary>A text may become it.</summary>
    public bool IsText(int id) => !specials.Contains(id);

    /// <returns>Null when the id names no token.</returns>
    public string? Token(int id) => (uint)id < (uint)tokens.Length ? tokens[id] : null;

    private static string?[] ByIds(Dictionary<string, int> ids)
    {
        var tokens = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
            tokens[id] = token;
        return tokens;
    }
}
