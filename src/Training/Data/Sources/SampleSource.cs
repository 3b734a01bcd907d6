namespace UnifiedVlm.Training.Data.Sources;

/// <summary>A source that makes each sample from dice of its own.</summary>
internal sealed class SampleSource<TSample>(string name, ulong seed, DataSplit split, SampleSource<TSample>.Maker make) : ISampleSource<TSample>
{
    private readonly string purpose = $"{typeof(TSample).Name} {name} {split}";

    public delegate TSample Maker(ref Dice dice, ulong index);

    public string Name => name;

    public TSample Get(ulong index)
    {
        var dice = new Dice(seed, purpose, index);
        return make(ref dice, index);
    }
}
