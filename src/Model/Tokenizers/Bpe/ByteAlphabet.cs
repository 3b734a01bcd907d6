namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>
/// GPT-2's one printable character per byte, the form in which byte-level vocabularies are written: printable Latin-1 stands for itself,
/// every other byte takes the next character from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = new char[256];
    private static readonly short[] Bytes = new short[0x144];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            Characters[value] = (char)(isPrintable ? value : next++);
            Bytes[Characters[value]] = (short)value;
        }
    }

    public static char ToCharacter(byte value) => Characters[value];

    /// <summary>The bytes a vocabulary entry stands for. An entry with a character outside the alphabet stands for its own UTF-8.</summary>
    public static byte[] ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0)
                return System.Text.Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)Bytes[token[i]];
        }

        return bytes;
    }
}
