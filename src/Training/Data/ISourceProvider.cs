using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data;

/// <summary>One kind of training data below the data folder; <see cref="TrainingData"/> merges them. Names are unique within each form. Thread-safe.</summary>
internal interface ISourceProvider : IDisposable
{
    /// <summary>S of the pictures its sources give.</summary>
    int PictureSide { get; }

    /// <summary>Identifies the content that its sources are functions of.</summary>
    string Fingerprint { get; }

    IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split);
}
