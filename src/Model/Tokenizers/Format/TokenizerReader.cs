using System.Text.Json;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Model.Tokenizers.Format;

/// <summary>Reads the parts of a <c>tokenizer.json</c> and puts the tokenizer together.</summary>
internal static class TokenizerReader
{
    public static Tokenizer Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(ByteOrderMark.Skip(json), new JsonDocumentOptions { MaxDepth = 32 });
            return Read(new JsonField("$", document.RootElement));
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException("$", $"is not valid JSON: {e.Message}", e);
        }
    }

    private static Tokenizer Read(JsonField root)
    {
        var preTokenizer = PreTokenizerReader.Read(root["pre_tokenizer"], out var byteLevel);
        var addedTokens = ReadAddedTokens(root["added_tokens"]);
        var (vocabulary, model) = BpeReader.Read(root["model"], byteLevel, addedTokens.Where(static token => token.Special).Select(static token => token.Id).ToHashSet());
        return new Tokenizer(
            vocabulary,
            NormalizerReader.Read(root["normalizer"]),
            preTokenizer,
            model,
            DecodingReader.Read(root["decoder"], byteLevel),
            addedTokens);
    }

    private static List<AddedToken> ReadAddedTokens(JsonField field)
    {
        var tokens = new List<AddedToken>();
        var ids = new HashSet<int>();
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in field.Elements())
        {
            var token = new AddedToken(
                BpeReader.ReadId(element["id"]),
                element["content"].String(),
                element["single_word"].Boolean(false),
                element["lstrip"].Boolean(false),
                element["rstrip"].Boolean(false),
                element["normalized"].Boolean(true),
                element["special"].Boolean(false));
            if (!ids.Add(token.Id) || !contents.Add(token.Content))
                throw new TokenizerFormatException(element.Path, $"'{token.Content}' or its id {token.Id} is added twice");
            tokens.Add(token);
        }

        return tokens;
    }
}
