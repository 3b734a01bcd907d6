namespace UnifiedVlm.Actors.Queries;

/// <summary>What the lists weigh in reciprocal rank fusion, beside full text and the question's very pictures, which weigh 1. Small for a model whose vectors say little.</summary>
/// <param name="Parts">The list of nearest parts.</param>
/// <param name="Documents">The list of nearest documents.</param>
/// <param name="Alignment">The order by alignment. At 0 the store's lists alone decide; large values leave them to break ties.</param>
public sealed record FusionWeights(double Parts, double Documents, double Alignment)
{
    public static FusionWeights Equal { get; } = new(1, 1, 1);

    /// <summary>The sum of weight / (constant + rank) over the lists that a document stands in.</summary>
    /// <param name="constant">Not negative; smaller values favour the tops of the lists.</param>
    public double Score(int? part, int? document, int? text, int? picture, int? alignment, double constant)
    {
        return Share(part, Parts) + Share(document, Documents) + Share(text, 1) + Share(picture, 1) + Share(alignment, Alignment);

        double Share(int? rank, double weight) => rank is { } place ? weight / (constant + place) : 0;
    }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Parts);
        ArgumentOutOfRangeException.ThrowIfNegative(Documents);
        ArgumentOutOfRangeException.ThrowIfNegative(Alignment);
    }
}
