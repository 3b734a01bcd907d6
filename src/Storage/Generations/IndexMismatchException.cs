namespace UnifiedVlm.Storage.Generations;

/// <summary>The model at hand has no index that it could use; its vectors would compare to nothing in another model's.</summary>
public sealed class IndexMismatchException : Exception
{
    /// <summary>What to do, in every message: who only sees that of another process knows it by this.</summary>
    public const string Remedy = "uvlm index create, then uvlm index switch";

    public IndexMismatchException(IndexGeneration live, string fingerprint, int dimension)
        : this(live, fingerprint, dimension, $"The live index (generation {live.Id}) holds vectors of model '{live.Fingerprint}' with {live.Dimension} dimensions; the model at hand is "
            + $"'{fingerprint}' with {dimension}. Serve with the model of the index, or fill a new index with this one: {Remedy}.")
    {
    }

    private IndexMismatchException(IndexGeneration live, string fingerprint, int dimension, string message)
        : base(message)
    {
        Live = live;
        Fingerprint = fingerprint;
        Dimension = dimension;
    }

    public IndexGeneration Live { get; }

    public string Fingerprint { get; }

    public int Dimension { get; }

    internal static IndexMismatchException StillFilling(IndexGeneration own, IndexGeneration live) => new(
        live, own.Fingerprint, own.Dimension,
        $"The index of this model (generation {own.Id}) is still being filled; generation {live.Id} is live. Fill it to the end with {Remedy}.");
}
