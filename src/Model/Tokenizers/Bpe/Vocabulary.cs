namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>Tokens by id and ids by token.</summary>
internal sealed class Vocabulary(Dictionary<string, int> ids)
{
    private readonly string?[] tokens = ByIds(ids);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>One more than the largest id.</summary>
    public int Size => tokens.Length;

    public int? Find(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) ? id : null;

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
