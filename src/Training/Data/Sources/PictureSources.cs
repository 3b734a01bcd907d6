using System.Security.Cryptography;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Sources;

/// <summary>What is made of the emoji: pairs and captions of single ones and of scenes, questions about scenes, and stories.</summary>
internal sealed class PictureSources : ISourceProvider
{
    private readonly SpriteAtlas atlas;
    private readonly Dictionary<DataSplit, SplitSources> splits = [];

    private PictureSources(Catalogue catalogue, SpriteAtlas atlas, string fingerprint)
    {
        this.atlas = atlas;
        Fingerprint = fingerprint;
        var kit = new SceneKit(catalogue, atlas);
        foreach (var split in Enum.GetValues<DataSplit>())
            splits.Add(split, new SplitSources(kit, split));
    }

    public int PictureSide => SceneCanvas.Side;

    public string Fingerprint { get; }

    /// <exception cref="DataException">The folder holds no such data.</exception>
    public static PictureSources Open(string folder)
    {
        var catalogue = Catalogue.Read(folder);
        var atlas = SpriteAtlas.Open(folder);
        try
        {
            return new PictureSources(catalogue, atlas, Hash(folder));
        }
        catch
        {
            atlas.Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split) => splits[split].Regions;

    public IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split) => splits[split].Pairs;

    public IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split) => splits[split].Captions;

    public IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split) => splits[split].Sequences;

    public IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split) => splits[split].Parts;

    public IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split) => splits[split].Dialogues;

    public IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split) => new Dictionary<string, ISampleSource<Content>>();

    public void Dispose() => atlas.Dispose();

    private static string Hash(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in new[] { Catalogue.FileName, SpriteAtlas.FileName })
        {
            using var stream = File.OpenRead(Path.Combine(folder, name));
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
