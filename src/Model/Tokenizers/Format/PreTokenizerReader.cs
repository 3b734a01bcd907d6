using UnifiedVlm.Model.Tokenizers.PreTokenizers;

namespace UnifiedVlm.Model.Tokenizers.Format;

internal static class PreTokenizerReader
{
    /// <param name="byteLevel">True when the field asks for the byte alphabet: the model then works on UTF-8 bytes.</param>
    /// <returns>Null when the field is null: the whole text is one piece.</returns>
    public static IPreTokenizer? Read(JsonField field, out bool byteLevel)
    {
        byteLevel = false;
        if (field.IsNull)
            return null;
        if (field.Type != "Sequence")
        {
            byteLevel = field.Type == "ByteLevel";
            return ReadOne(field);
        }

        var steps = new List<IPreTokenizer>();
        foreach (var step in field["pretokenizers"].Elements())
        {
            if (byteLevel)
                throw step.Unsupported("a step after ByteLevel");
            byteLevel = step.Type == "ByteLevel";
            steps.Add(ReadOne(step));
        }

        return new SequencePreTokenizer(steps);
    }

    private static IPreTokenizer ReadOne(JsonField field) => field.Type switch
    {
        "Split" => ReadSplit(field),
        "ByteLevel" => new ByteLevelPreTokenizer(
            field["add_prefix_space"].Boolean(true),
            field["use_regex"].Boolean(true) ? Isolate(ByteLevelPreTokenizer.Pattern) : null),
        "Digits" => Isolate(field["individual_digits"].Boolean(false) ? @"\p{N}" : @"\p{N}+"),
        "Metaspace" => ReadMetaspace(field),
        var other => throw field.Unsupported($"pre-tokenizer '{other}'"),
    };

    private static SplitPreTokenizer ReadSplit(JsonField field)
    {
        var name = field["behavior"].String();
        if (!Enum.TryParse<SplitBehavior>(name, out var behavior) || !Enum.IsDefined(behavior))
            throw field["behavior"].Unsupported($"behavior '{name}'");
        return new SplitPreTokenizer(new CodePointRegex(PatternReader.Read(field["pattern"])), behavior, field["invert"].Boolean(false));
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) => new(ReadMark(field), ReadScheme(field), field["split"].Boolean(true));

    /// <summary>Of the pre-tokenizer and of the decoder, which must take away what the other puts in. Older files have <c>add_prefix_space</c> in its place.</summary>
    public static PrependScheme ReadScheme(JsonField metaspace) => metaspace["prepend_scheme"] switch
    {
        { IsNull: true } => metaspace["add_prefix_space"].Boolean(true) ? PrependScheme.Always : PrependScheme.Never,
        var named => named.String() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw named.Unsupported($"scheme '{other}'"),
        },
    };

    public static char ReadMark(JsonField metaspace)
    {
        var mark = metaspace["replacement"].String();
        return mark.Length == 1 ? mark[0] : throw metaspace["replacement"].Unsupported($"'{mark}', which is not one character,");
    }

    private static SplitPreTokenizer Isolate(string pattern) => new(new CodePointRegex(PatternReader.Compile(pattern)), SplitBehavior.Isolated, invert: false);
}
