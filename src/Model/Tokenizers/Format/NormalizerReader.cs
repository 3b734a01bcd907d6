using UnifiedVlm.Model.Tokenizers.Normalizers;

namespace UnifiedVlm.Model.Tokenizers.Format;

internal static class NormalizerReader
{
    /// <returns>Null when the field is null: text is taken as it is.</returns>
    public static INormalizer? Read(JsonField field) => field.IsNull ? null : ReadOne(field);

    private static INormalizer ReadOne(JsonField field) => field.Type switch
    {
        "NFC" => new UnicodeNormalizer(UnicodeForm.NFC),
        "NFD" => new UnicodeNormalizer(UnicodeForm.NFD),
        "NFKC" => new UnicodeNormalizer(UnicodeForm.NFKC),
        "NFKD" => new UnicodeNormalizer(UnicodeForm.NFKD),
        "Sequence" => new SequenceNormalizer([.. field["normalizers"].Elements().Select(ReadOne)]),
        "Prepend" => new PrependNormalizer(field["prepend"].String()),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(field["pattern"]), field["content"].String()),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(field["strip_left"].Boolean(true), field["strip_right"].Boolean(true)),
        var other => throw field.Unsupported($"normalizer '{other}'"),
    };
}
