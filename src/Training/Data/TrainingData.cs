using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Training.Data.Manuals;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data;

/// <summary>A data folder as <c>uvlm data build</c> makes it. Thread-safe; the pictures are read from mapped files, so dispose it last.</summary>
public sealed class TrainingData : ITrainingData, IDisposable
{
    private readonly IReadOnlyList<ISourceProvider> providers;

    private TrainingData(IReadOnlyList<ISourceProvider> providers)
    {
        this.providers = providers;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', providers.Select(static provider => provider.Fingerprint)))));
    }

    public int PictureSide => providers[0].PictureSide;

    public int KnowledgeDimension => SceneKnowledge.Dimension;

    public string Fingerprint { get; }

    /// <exception cref="DataException">The folder is not there or not whole.</exception>
    public static TrainingData Open(string folder)
    {
        var providers = new List<ISourceProvider> { PictureSources.Open(folder) };
        try
        {
            if (ManualSources.TryOpen(folder) is { } manuals)
                providers.Add(manuals);
            return new TrainingData(providers);
        }
        catch
        {
            providers.ForEach(static provider => provider.Dispose());
            throw;
        }
    }

    public IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split) => Merge(provider => provider.Regions(split));

    public IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split) => Merge(provider => provider.Pairs(split));

    public IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split) => Merge(provider => provider.Captions(split));

    public IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split) => Merge(provider => provider.Sequences(split));

    public IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split) => Merge(provider => provider.Parts(split));

    public IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split) => Merge(provider => provider.Dialogues(split));

    public IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split) => Merge(provider => provider.Documents(split));

    public void Dispose()
    {
        foreach (var provider in providers)
            provider.Dispose();
    }

    private Dictionary<string, ISampleSource<TSample>> Merge<TSample>(Func<ISourceProvider, IReadOnlyDictionary<string, ISampleSource<TSample>>> sources) =>
        providers.SelectMany(sources).ToDictionary(StringComparer.Ordinal);
}
