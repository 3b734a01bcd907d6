namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Reads sets.</summary>
public static class SetLoader
{
    /// <param name="max">The first so many items of a set (of each kind, where a set has kinds); null for all.</param>
    /// <exception cref="SetFormatException">Names the file, the item and the field.</exception>
    public static EvaluationSet Load(SetEntry entry, int? max = null)
    {
        var most = max ?? int.MaxValue;
        EvaluationSet set = entry.Format switch
        {
            SetFormat.Karpathy => KarpathyReader.Read(entry, Pictures(entry), most),
            SetFormat.SugarCrepe => SugarCrepeReader.Read(entry, Pictures(entry), most),
            SetFormat.Winoground => WinogroundReader.Read(entry, Pictures(entry), most),
            SetFormat.Vist => VistReader.Read(entry, Pictures(entry), most),
            SetFormat.Pope => PopeReader.Read(entry, Pictures(entry), most),
            _ => QuestionsReader.Read(entry, Pictures(entry), most),
        };
        return set.Count > 0 ? set : throw new SetFormatException(entry.Path, $"holds no item for '{entry.Name}'");
    }

    private static PictureFolder Pictures(SetEntry entry) =>
        new(entry.Images ?? (Directory.Exists(entry.Path) ? entry.Path : Path.GetDirectoryName(Path.GetFullPath(entry.Path))!));
}
