using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Training data of <c>manuals/</c>. Pairs <c>figures</c> (picture, caption), <c>questions</c> (question, passage), <c>glosses</c> (term,
/// definition); captions <c>figures</c>; documents <c>manuals</c>, <c>handbook</c>, <c>glosses</c>; sequences <c>manuals</c>; dialogues
/// <c>manuals</c>, <c>glosses</c>, <c>copy</c>, <c>echo</c> and <c>lookup</c>. A source that has nothing to give in a split is not listed there.
/// </summary>
internal sealed class ManualSources : ISourceProvider
{
    private readonly ManualData data;
    private readonly Dictionary<DataSplit, SplitData> splits;

    private ManualSources(ManualData data)
    {
        this.data = data;
        splits = Enum.GetValues<DataSplit>().ToDictionary(static split => split, split => new SplitData(data, split));
    }

    public int PictureSide => ManualFiles.PictureSide;

    public string Fingerprint => data.Fingerprint;

    /// <param name="folder">The data folder.</param>
    /// <returns>Null when the folder has no manuals.</returns>
    /// <exception cref="DataException">The manuals are damaged.</exception>
    public static ManualSources? TryOpen(string folder)
    {
        var manuals = Path.Combine(folder, ManualFiles.Folder);
        return Directory.Exists(manuals) ? new ManualSources(new ManualData(manuals)) : null;
    }

    public IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split) => new Dictionary<string, ISampleSource<RegionSample>>();

    public IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split)
    {
        var own = splits[split];
        return Listed<PairGroup>(
            split,
            ("figures", own.Captions.Count > 0, (ref dice) => PairSamples.Figure(own, ref dice)),
            ("questions", own.Facts.Count > 0, (ref dice) => PairSamples.Question(own, ref dice)),
            ("glosses", own.Glosses.Count >= PairSamples.GlossGroup, (ref dice) => PairSamples.Gloss(own, ref dice)));
    }

    public IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split)
    {
        var informative = splits[split].Captions.Where(static figure => PairSamples.IsInformative(figure.Part.Caption!)).ToArray();
        return Listed<CaptionSample>(split, ("figures", informative.Length > 0, (ref dice) => PairSamples.Caption(data, informative, ref dice)));
    }

    public IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split)
    {
        var pages = splits[split].Pages.Where(page => data.Pages[page].Parts.Count >= PageSamples.MinSlice).ToArray();
        return Listed<SequenceSample>(split, ("manuals", pages.Length > 0, (ref dice) => PageSamples.Slice(data, pages, ref dice)));
    }

    public IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split)
    {
        var pages = splits[split].Pages.Where(page => data.Pages[page].Parts.Count >= PageSamples.MinSlice).ToArray();
        return Listed<PartsSample>(split, ("manuals", pages.Length > 0, (ref dice) => PageSamples.Parts(data, pages, ref dice)));
    }

    public IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split)
    {
        var own = splits[split];
        return Listed<DialogueSample>(
            split,
            ("manuals", own.Facts.Count > 0, (ref dice) => DialogueSamples.Manual(own, ref dice)),
            ("glosses", own.Glosses.Count >= DialogueSamples.MinGlosses, (ref dice) => DialogueSamples.Gloss(own, ref dice)),
            ("echo", own.Glosses.Count >= DialogueSamples.MinGlosses, (ref dice) => EchoPractice.Make(own, ref dice)),
            ("lookup", own.Glosses.Count >= DialogueSamples.MinGlosses, (ref dice) => LookupPractice.Make(own, ref dice)),
            ("copy", true, (ref dice) => CopyPractice.Make(ref dice)));
    }

    public IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split)
    {
        var own = splits[split];
        var books = own.Pages.Where(page => Manual.Named(data.Pages[page].Source).Kind == ManualKind.Book).ToArray();
        var manuals = own.Pages.Except(books).ToArray();
        return Listed<Content>(
            split,
            ("manuals", manuals.Length > 0, (ref dice) => PageSamples.Window(data, manuals, ref dice)),
            ("handbook", books.Length > 0, (ref dice) => PageSamples.Window(data, books, ref dice)),
            ("glosses", own.Glosses.Count > 0, (ref dice) => PageSamples.Glosses(own, ref dice)));
    }

    public void Dispose() => data.Dispose();

    private static Dictionary<string, ISampleSource<T>> Listed<T>(DataSplit split, params (string Name, bool Present, IndexedSource<T>.Make Make)[] sources) =>
        sources.Where(static source => source.Present).ToDictionary(static source => source.Name, source => (ISampleSource<T>)new IndexedSource<T>(source.Name, split, source.Make));
}
