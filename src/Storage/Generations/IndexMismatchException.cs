namespace UnifiedVlm.Storage.Generations;

/// <summary>The model at hand is not the one that made the live index; its vectors would compare to nothing in it.</summary>
public sealed class IndexMismatchException : Exception
{
    public IndexMismatchException(IndexGeneration live, string fingerprint, int dimension)
        : base($"The live index (generation {live.Id}) holds vectors of model '{live.Fingerprint}' with {live.Dimension} dimensions; the model at hand is "
            + $"'{fingerprint}' with {dimension}. Serve with the model of the index, or fill a new index with this one: uvlm index create, then uvlm index switch.")
    {
        Live = live;
        Fingerprint = fingerprint;
        Dimension = dimension;
    }

    public IndexGeneration Live { get; }

    public string Fingerprint { get; }

    public int Dimension { get; }
}
