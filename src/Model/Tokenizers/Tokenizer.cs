using System.Text;
using UnifiedVlm.Model.Tokenizers.Bpe;
using UnifiedVlm.Model.Tokenizers.Decoding;
using UnifiedVlm.Model.Tokenizers.Format;
using UnifiedVlm.Model.Tokenizers.Normalizers;
using UnifiedVlm.Model.Tokenizers.PreTokenizers;

namespace UnifiedVlm.Model.Tokenizers;

/// <summary>
/// Text to token ids and back, as a Hugging Face <c>tokenizer.json</c> says. Its post-processor is not applied: special tokens are put in by
/// id, where the caller wants them. Thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly Vocabulary vocabulary;
    private readonly INormalizer? normalizer;
    private readonly IPreTokenizer? preTokenizer;
    private readonly BpeModel model;
    private readonly Dictionary<int, AddedToken> addedById;
    private readonly Dictionary<string, AddedToken> addedByContent;
    private readonly AddedTokenMatcher rawMatcher;
    private readonly AddedTokenMatcher normalizedMatcher;

    internal Tokenizer(
        Vocabulary vocabulary,
        INormalizer? normalizer,
        IPreTokenizer? preTokenizer,
        BpeModel model,
        TokenDecoding decoding,
        IReadOnlyList<AddedToken> addedTokens)
    {
        this.vocabulary = vocabulary;
        this.normalizer = normalizer;
        this.preTokenizer = preTokenizer;
        this.model = model;
        Decoding = decoding;
        AddedTokens = addedTokens;
        addedById = addedTokens.ToDictionary(static t => t.Id);
        addedByContent = addedTokens.ToDictionary(static t => t.Content, StringComparer.Ordinal);
        rawMatcher = new AddedTokenMatcher(addedTokens.Where(static t => !t.Normalized));
        normalizedMatcher = new AddedTokenMatcher(addedTokens.Where(static t => t.Normalized)
            .Select(t => t with { Content = normalizer?.Normalize(t.Content) ?? t.Content }));
        Size = Math.Max(vocabulary.Size, addedTokens.Count == 0 ? 0 : addedTokens.Max(static t => t.Id) + 1);
    }

    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    internal TokenDecoding Decoding { get; }

    /// <exception cref="TokenizerFormatException">The file is missing, malformed or uses what is not supported; names the field.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFormatException("$", $"{path} can't be read: {e.Message}", e);
        }
    }

    /// <param name="json">The content of a tokenizer.json.</param>
    /// <exception cref="TokenizerFormatException">It is malformed or uses what is not supported; names the field.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json) => TokenizerReader.Read(json);

    /// <summary>
    /// Encodes text as text: whatever looks like an added token in it is spelled out in ordinary tokens. No id is ever a special
    /// token's, but for the unknown token's, where a character has no other. For everything that users write.
    /// </summary>
    public int[] Encode(string text)
    {
        var output = new List<int>(text.Length / 3 + 1);
        Encode(text, output);
        return [.. output];
    }

    /// <summary><see cref="Encode(string)"/> into a list.</summary>
    public void Encode(string text, List<int> output) => EncodeNormalized(normalizer?.Normalize(text) ?? text, leading: true, output);

    /// <summary>Encodes a text in which added tokens are meant. For templates of our own, never for what users write.</summary>
    public int[] EncodeWithSpecials(string text)
    {
        var output = new List<int>(text.Length / 3 + 1);
        foreach (var (start, end, token) in rawMatcher.Split(text))
        {
            if (token is not null)
                output.Add(token.Id);
            else
                EncodeWithNormalizedSpecials(text[start..end], start == 0, output);
        }

        return [.. output];
    }

    /// <returns>The id of a token or an added token by its exact text; null when there is none.</returns>
    public int? Find(string token) => addedByContent.TryGetValue(token, out var added) ? added.Id : vocabulary.Find(token);

    /// <returns>The text of a token as the file writes it; null when the id names none.</returns>
    public string? Token(int id) => addedById.TryGetValue(id, out var added) ? added.Content : vocabulary.Token(id);

    /// <summary>True for an added token that has no meaning as text.</summary>
    public bool IsSpecial(int id) => addedById.TryGetValue(id, out var token) && token.Special;

    /// <summary>Ids to text. Ids that name no token are left out; bytes that are no UTF-8 become the replacement character.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecials = false)
    {
        var decoder = StreamDecoder(skipSpecials);
        var text = new StringBuilder();
        foreach (var id in ids)
            text.Append(decoder.Append(id));
        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>A decoder for tokens that arrive one by one.</summary>
    public StreamingDecoder StreamDecoder(bool skipSpecials = false) => new(this, skipSpecials);

    /// <param name="isFirst">The token begins the text.</param>
    internal ReadOnlySpan<byte> BytesOf(int id, bool isFirst)
    {
        if (addedById.TryGetValue(id, out var added))
            return System.Text.Encoding.UTF8.GetBytes(added.Content);
        return vocabulary.Token(id) is { } token ? Decoding.ToBytes(token, isFirst) : [];
    }

    private void EncodeWithNormalizedSpecials(string text, bool leading, List<int> output)
    {
        text = normalizer?.Normalize(text) ?? text;
        foreach (var (start, end, token) in normalizedMatcher.Split(text))
        {
            if (token is not null)
                output.Add(token.Id);
            else
                EncodeNormalized(text[start..end], leading && start == 0, output);
        }
    }

    private void EncodeNormalized(string text, bool leading, List<int> output)
    {
        var whole = new Piece(text, 0, text.Length, leading);
        if (preTokenizer is null)
        {
            model.Encode(whole.Span, output);
            return;
        }

        var pieces = new List<Piece>(text.Length / 4 + 1);
        preTokenizer.Split(whole, pieces);
        foreach (var piece in pieces)
            model.Encode(piece.Span, output);
    }
}
