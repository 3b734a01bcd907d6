using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data;

/// <summary>What recipes draw their samples from, by name. A name that does not exist is an error that lists those that do.</summary>
public interface ITrainingData
{
    /// <summary>S of every picture the sources give.</summary>
    int PictureSide { get; }

    /// <summary>K of <see cref="SequencePart.Knowledge"/> where there is any; 0 without.</summary>
    int KnowledgeDimension { get; }

    /// <summary>Identifies the folder's content: a run is resumed on the same data only.</summary>
    string Fingerprint { get; }

    IReadOnlyDictionary<string, ISampleSource<RegionSample>> Regions(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<PairGroup>> Pairs(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<CaptionSample>> Captions(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<SequenceSample>> Sequences(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<PartsSample>> Parts(DataSplit split);

    IReadOnlyDictionary<string, ISampleSource<DialogueSample>> Dialogues(DataSplit split);

    /// <summary>Interleaved documents read as they are: L_g over every token of their texts.</summary>
    IReadOnlyDictionary<string, ISampleSource<Content>> Documents(DataSplit split);
}
