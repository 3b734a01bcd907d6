namespace UnifiedVlm.Model.Tokenizers;

/// <summary>
/// Decodes tokens as they are generated. A character whose bytes are spread over tokens is held back until it is whole. Not thread-safe.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer tokenizer;
    private readonly bool skipSpecials;
    private readonly System.Text.Decoder utf8 = System.Text.Encoding.UTF8.GetDecoder();
    private int toStrip;
    private bool isFirst = true;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecials)
    {
        this.tokenizer = tokenizer;
        this.skipSpecials = skipSpecials;
        toStrip = tokenizer.Decoding.StripStart;
    }

    /// <returns>The text that became complete with this token; often empty.</returns>
    public string Append(int id)
    {
        if (tokenizer.IsSpecial(id) && skipSpecials)
            return "";
        var bytes = tokenizer.BytesOf(id, isFirst);
        isFirst = false;
        return Decode(bytes, flush: false);
    }

    /// <returns>What was held back: the replacement character for a character that stayed incomplete.</returns>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var length = utf8.GetCharCount(bytes, flush);
        if (length == 0)
        {
            // The incomplete bytes must still reach the decoder's state.
            utf8.GetChars(bytes, [], flush);
            return "";
        }

        var characters = new char[length];
        utf8.GetChars(bytes, characters, flush);
        return Strip(characters);
    }

    private string Strip(ReadOnlySpan<char> text)
    {
        while (toStrip > 0 && text.Length > 0)
        {
            if (text[0] != tokenizer.Decoding.StripCharacter)
            {
                toStrip = 0;
                break;
            }

            text = text[1..];
            toStrip--;
        }

        return text.ToString();
    }
}
