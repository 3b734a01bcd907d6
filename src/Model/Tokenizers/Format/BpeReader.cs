using UnifiedVlm.Model.Tokenizers.Bpe;

namespace UnifiedVlm.Model.Tokenizers.Format;

/// <summary>The <c>model</c> field, which must be of type BPE.</summary>
internal static class BpeReader
{
    // Ids index arrays: a hostile one must not ask for gigabytes.
    private const int MaxId = 1 << 22;

    /// <param name="specials">Ids of added tokens that have no meaning as text.</param>
    public static (Vocabulary Vocabulary, BpeModel Model) Read(JsonField field, bool byteLevel, IReadOnlySet<int> specials)
    {
        if (!field["type"].IsNull && field.Type != "BPE")
            throw field["type"].Unsupported($"model '{field.Type}'");
        RefuseAffix(field["continuing_subword_prefix"]);
        RefuseAffix(field["end_of_word_suffix"]);
        if (!field["dropout"].IsNull && field["dropout"].Number() > 0)
            throw field["dropout"].Unsupported("dropout, by which a text has other ids every time,");

        var ids = ReadVocabulary(field["vocab"]);
        var vocabulary = new Vocabulary(ids, specials);
        var unknown = ReadUnknown(field["unk_token"], ids);
        ISymbols symbols = byteLevel
            ? new ByteSymbols(vocabulary, unknown, field["fuse_unk"].Boolean(false))
            : new CharacterSymbols(vocabulary, field["byte_fallback"].Boolean(false), unknown, field["fuse_unk"].Boolean(false));
        Func<string, int?>? wholeWords = null;
        if (field["ignore_merges"].Boolean(false))
            wholeWords = byteLevel ? piece => vocabulary.FindText(ToAlphabet(piece)) : piece => vocabulary.FindText(piece);
        return (vocabulary, new BpeModel(symbols, ReadMerges(field["merges"], ids, vocabulary), wholeWords));
    }

    public static int ReadId(JsonField field)
    {
        var id = field.Integer();
        return id is >= 0 and <= MaxId ? id : throw new TokenizerFormatException(field.Path, $"must be between 0 and {MaxId}, not {id}");
    }

    private static Dictionary<string, int> ReadVocabulary(JsonField field)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var (token, value) in field.Members())
        {
            var id = ReadId(value);
            if (!taken.Add(id))
                throw new TokenizerFormatException(value.Path, $"id {id} is given to two tokens");
            if (!ids.TryAdd(token, id))
                throw new TokenizerFormatException(value.Path, "the token occurs twice");
        }

        return ids;
    }

    private static MergeTable ReadMerges(JsonField field, Dictionary<string, int> ids, Vocabulary vocabulary)
    {
        var merges = new MergeTable(1 << 10);
        var rank = 0;
        foreach (var element in field.Elements())
        {
            var (left, right) = ReadPair(element);

            // A pair given twice keeps its later rank in the reference implementation.
            var (first, second, merged) = (Id(left), Id(right), Id(left + right));
            if (vocabulary.IsText(merged))
                merges.Set(first, second, rank, merged);
            rank++;

            int Id(string token) => ids.TryGetValue(token, out var id)
                ? id
                : throw new TokenizerFormatException(element.Path, $"'{token}' is not in the vocabulary");
        }

        return merges;
    }

    /// <summary>Written as one string with a space in it, or, in newer files, as two strings.</summary>
    private static (string Left, string Right) ReadPair(JsonField element)
    {
        string[] pair = element.IsArray ? [.. element.Elements().Select(static e => e.String())] : element.String().Split(' ');
        return pair.Length == 2 ? (pair[0], pair[1]) : throw new TokenizerFormatException(element.Path, "must be a pair of tokens");
    }

    private static int? ReadUnknown(JsonField field, Dictionary<string, int> ids)
    {
        if (field.IsNull)
            return null;
        return ids.TryGetValue(field.String(), out var id) ? id : throw new TokenizerFormatException(field.Path, $"'{field.String()}' is not in the vocabulary");
    }

    private static void RefuseAffix(JsonField field)
    {
        if (!field.IsNull && field.String().Length > 0)
            throw field.Unsupported($"'{field.String()}'");
    }

    private static string ToAlphabet(string piece) =>
        string.Create(System.Text.Encoding.UTF8.GetByteCount(piece), piece, static (characters, text) =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(text);
            for (var i = 0; i < bytes.Length; i++)
                characters[i] = ByteAlphabet.ToCharacter(bytes[i]);
        });
}
