using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Tests.Unit.Training;

/// <summary>Coloured squares and their names: what a very small model can learn in a few steps.</summary>
/// <param name="validationShade">Added to all colours of the validation's sequences, so that training has none of their pictures.</param>
/// <param name="unvalidated">A source of dialogues that the training split alone has.</param>
internal sealed class ToyData(int side = 32, string fingerprint = "toy", int validationShade = 0, string? unvalidated = null) : ITrainingData
{
    private static readonly string[] Colours = ["red", "green", "blue", "white", "black", "yellow", "pink", "cyan"];

    public int PictureSide => side;

    public int KnowledgeDimension => 0;

    public string Fingerprint => fingerprint;

    public IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split) => Named(new Source<RegionSample>("squares", i =>
        new RegionSample(Square(i), [new Region(0, 0, side, side, Name(i))], null)));

    public IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split) => Named(new Source<PairGroup>("squares", i =>
        new PairGroup([.. Enumerable.Range(0, 2).Select(k => new ContentPair(Content.Of(Square(2 * i + (ulong)k)), Content.Of($"a {Name(2 * i + (ulong)k)} square")))])));

    public IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split) => Named(new Source<CaptionSample>("squares", i =>
        new CaptionSample(Content.Of(Square(i)), $"This is a square of the colour {Name(i)}.")));

    public IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split) => Named(new Source<SequenceSample>("rows", i =>
        new SequenceSample($"row {i % 4}", [.. Enumerable.Range(0, 3).Select(k => new SequencePart(new PictureContent(Square(i + (ulong)k, split == DataSplit.Validation ? validationShade : 0)), default))])));

    public IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split) => Named(new Source<PartsSample>("rows", i => new PartsSample(
    [
        [.. Enumerable.Range(0, 3).Select(k => new NamedPart(new PictureContent(Square(i + (ulong)k)), k))],
        [new NamedPart(new TextContent($"a {Name(i)} square"), 0), new NamedPart(new TextContent($"a {Name(i + 1)} square"), 1)],
        [new NamedPart(new PictureContent(Square(i + 2)), 2)],
    ])));

    public IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split) => Named([.. ((Source<DialogueSample>[])
    [
        new("colours", i => new DialogueSample([], new Content([new PictureContent(Square(i)), new TextContent("Which colour?")]), Name(i))),
        new("notes", i => new DialogueSample([new EvidenceItem("Note", Content.Of($"It is {Name(i)}."))], Content.Of("Which colour is it?"), $"{Name(i)} [1]")),
    ]).Where(source => split == DataSplit.Train || source.Name != unvalidated)]);

    public IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split) => Named(new Source<Content>("pages", i =>
        new Content([new TextContent($"Here is a {Name(i)} square."), new PictureContent(Square(i)), new TextContent("That was it.")])));

    public static string Name(ulong i) => Colours[i % (ulong)Colours.Length];

    public Picture Square(ulong i, int shade = 0)
    {
        var colour = (int)(i % (ulong)Colours.Length);
        var pixels = new byte[3 * side * side];
        for (var p = 0; p < pixels.Length; p++)
            pixels[p] = (byte)((colour >> (p % 3) & 1) * 200 + (p / 3 % 7) + shade);
        return new Picture(side, pixels);
    }

    private static Dictionary<string, ISampleSource<T>> Named<T>(params Source<T>[] sources) =>
        sources.ToDictionary(static s => s.Name, static s => (ISampleSource<T>)s);

    private sealed record Source<T>(string Name, Func<ulong, T> Make) : ISampleSource<T>
    {
        public T Get(ulong index) => Make(index);
    }
}
