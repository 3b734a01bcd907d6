namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A source whose sample is made by throwing dice that its name, the split and the index alone decide.</summary>
internal sealed class IndexedSource<TSample>(string name, DataSplit split, IndexedSource<TSample>.Make make) : ISampleSource<TSample>
{
    public delegate TSample Make(ref Dice dice);

    public string Name => name;

    public TSample Get(ulong index)
    {
        var dice = new Dice((ulong)split, $"manuals {name} {typeof(TSample).Name}", index);
        return make(ref dice);
    }
}
