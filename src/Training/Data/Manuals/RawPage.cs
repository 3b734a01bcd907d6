namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A page as read, before its pictures are decoded and before it belongs to a split.</summary>
internal sealed record RawPage(Manual Manual, string Id, string Title, IReadOnlyList<RawPart> Parts)
{
    /// <summary>A function of the title alone, so that pages that say the same under the same name stay together.</summary>
    public DataSplit Split => Of(ManualReader.TitleKey(Title) is { Length: > 0 } key ? key : Id);

    /// <summary>90 in 100 train, 3 validate, 7 test.</summary>
    public static DataSplit Of(string key) => (Dice.Hash(key) % 100) switch
    {
        < 90 => DataSplit.Train,
        < 93 => DataSplit.Validation,
        _ => DataSplit.Test,
    };
}
