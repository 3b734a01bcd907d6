namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Reads sets.</summary>
public static class SetLoader
{
    /// <param name="max">The first so many items of a set (of each kind, where a set has kinds); null for all.</param>
    /// <param name="reading">What becomes of items that can't be read; the first ends the reading unless given.</param>
    /// <exception cref="SetFormatException">Names the file, the item and the field.</exception>
    public static EvaluationSet Load(SetEntry entry, int? max = null, ItemReading? reading = null)
    {
        reading ??= ItemReading.Strict;
        var most = max ?? int.MaxValue;
        EvaluationSet set = entry.Format switch
        {
            SetFormat.Karpathy => KarpathyReader.Read(entry, Pictures(entry), reading, most),
            SetFormat.SugarCrepe => SugarCrepeReader.Read(entry, Pictures(entry), reading, most),
            SetFormat.Winoground => WinogroundReader.Read(entry, Pictures(entry), reading, most),
            SetFormat.Vist => VistReader.Read(entry, Pictures(entry), reading, most),
            SetFormat.Pope => PopeReader.Read(entry, Pictures(entry), reading, most),
            _ => QuestionsReader.Read(entry, Pictures(entry), reading, most),
        };
        return set.Count > 0 ? set : throw Empty(entry, reading);
    }

    /// <summary>What is said of a set without an item that can be used.</summary>
    internal static SetFormatException Empty(SetEntry entry, ItemReading reading) => reading.LeftOut is [var first, ..] all
        ? new(entry.Path, $"holds no item for '{entry.Name}' that can be used; the first of {all.Count}: {first}")
        : new(entry.Path, $"holds no item for '{entry.Name}'");

    private static PictureFolder Pictures(SetEntry entry) =>
        new(entry.Images ?? (Directory.Exists(entry.Path) ? entry.Path : Path.GetDirectoryName(Path.GetFullPath(entry.Path))!));
}
