using UnifiedVlm.Model.Tokenizers.Decoding;
using UnifiedVlm.Model.Tokenizers.PreTokenizers;

namespace UnifiedVlm.Model.Tokenizers.Format;

internal static class DecodingReader
{
    public static TokenDecoding Read(JsonField field, bool byteLevel)
    {
        if (field.IsNull)
            return new TokenDecoding { ByteLevel = byteLevel };
        var decoding = new TokenDecoding();
        var fused = false;
        foreach (var step in field.Type == "Sequence" ? field["decoders"].Elements() : [field])
            decoding = Add(decoding, step, ref fused);
        return decoding;
    }

    private static TokenDecoding Add(TokenDecoding decoding, JsonField step, ref bool fused)
    {
        switch (step.Type)
        {
            case "ByteLevel":
                return decoding with { ByteLevel = true };
            case "ByteFallback":
                return decoding with { ByteFallback = true };
            case "Fuse":
                fused = true;
                return decoding;
            case "Replace":
                if (step["pattern"]["String"].IsNull)
                    throw step["pattern"].Unsupported("a replacement by expression");
                var content = step["content"].String();
                return decoding with { Replacements = [.. decoding.Replacements, (step["pattern"]["String"].String(), content, content)] };
            case "Strip":
                return Strip(decoding, step, fused);
            case "Metaspace":
                // The reference drops every mark of the first token, not the prepended one alone.
                var first = PreTokenizerReader.ReadScheme(step) == PrependScheme.Never ? " " : "";
                return decoding with { Replacements = [.. decoding.Replacements, (PreTokenizerReader.ReadMark(step).ToString(), " ", first)] };
            default:
                throw step.Unsupported($"decoder '{step.Type}'");
        }
    }

    private static TokenDecoding Strip(TokenDecoding decoding, JsonField step, bool fused)
    {
        var content = step["content"].String();
        if (!fused || step["stop"].Integer() != 0 || content.Length != 1)
            throw step.Unsupported("stripping other than one character from the start of the fused text");
        return decoding with { StripCharacter = content[0], StripStart = step["start"].Integer() };
    }
}
