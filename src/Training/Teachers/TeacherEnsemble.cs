using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// Frozen teachers together: the target matrix of L_d for a batch of sequences. Teachers of one space are concatenated, each at unit length;
/// the three spaces meet in a <see cref="TripleKernel"/>. Several threads may ask; the teachers are asked by one at a time.
/// </summary>
public sealed class TeacherEnsemble : IDisposable
{
    private readonly ITeacher[] teachers;
    private readonly TripleKernel kernel;

    // A step is drawn ahead while a validation goes on.
    private readonly Lock gate = new();

    /// <param name="teachers">At least one; owned and disposed by the ensemble. With one shared teacher alone this is the ablation of the triple kernel.</param>
    /// <param name="sharedWeight">How much the shared space weighs where a part's modality has teachers of its own.</param>
    public TeacherEnsemble(IReadOnlyList<ITeacher> teachers, double sharedWeight = TripleKernel.DefaultSharedWeight)
    {
        if (teachers.Count == 0)
            throw new ArgumentException("holds no teacher", nameof(teachers));
        this.teachers = [.. teachers];
        kernel = new TripleKernel(Width(TeacherSpace.Shared), Width(TeacherSpace.PictureOnly), Width(TeacherSpace.TextOnly), sharedWeight);
    }

    /// <summary>Identifies what the targets are made of: a run is resumed with the same ones only.</summary>
    public IReadOnlyList<string> Names => [.. teachers.Select(static t => t.Name)];

    /// <summary>Width of <see cref="Embed"/>'s vectors.</summary>
    public int Dimension => kernel.Dimension;

    /// <param name="specifications">As <see cref="TeacherCatalog"/> reads them.</param>
    /// <exception cref="TeacherException">One of them can't be opened.</exception>
    public static TeacherEnsemble Open(IReadOnlyList<string> specifications, TeacherContext context, double sharedWeight = TripleKernel.DefaultSharedWeight)
    {
        var opened = new List<ITeacher>();
        try
        {
            foreach (var specification in specifications)
                opened.Add(TeacherCatalog.Open(specification, context));
            return new TeacherEnsemble(opened, sharedWeight);
        }
        catch
        {
            foreach (var teacher in opened)
                teacher.Dispose();
            throw;
        }
    }

    /// <returns>[n,n] symmetric, row-major: how alike the samples are to the teachers.</returns>
    /// <exception cref="TeacherException">No teacher knows one of the parts.</exception>
    public float[] Target(IReadOnlyList<SequenceSample> samples, SimilarityOptions options, CancellationToken cancellationToken = default)
    {
        var offsets = new int[samples.Count + 1];
        for (var s = 0; s < samples.Count; s++)
            offsets[s + 1] = offsets[s] + samples[s].Parts.Count;
        return SequenceSimilarity.Matrix(new PackedSequences(Embed(samples, cancellationToken), offsets, Dimension), options);
    }

    /// <returns>[R, Dimension], row-major: a unit vector for every part of every sample, in order.</returns>
    /// <exception cref="TeacherException">No teacher knows one of the parts.</exception>
    public float[] Embed(IReadOnlyList<SequenceSample> samples, CancellationToken cancellationToken = default)
    {
        using var alone = gate.EnterScope();
        var parts = samples.SelectMany(static sample => sample.Parts).ToArray();
        var shared = Columns(parts, TeacherSpace.Shared, cancellationToken);
        var pictures = Columns(parts, TeacherSpace.PictureOnly, cancellationToken);
        var texts = Columns(parts, TeacherSpace.TextOnly, cancellationToken);
        var combined = new float[parts.Length * Dimension];
        for (var p = 0; p < parts.Length; p++)
        {
            var isPicture = parts[p].Part is PictureContent;
            var own = isPicture ? Row(pictures, p, kernel.PictureWidth) : Row(texts, p, kernel.TextWidth);
            if (!kernel.Combine(isPicture, Row(shared, p, kernel.SharedWidth), own, combined.AsSpan(p * Dimension, Dimension)))
                throw Unknown(samples, p, isPicture);
        }

        return combined;
    }

    public void Dispose()
    {
        foreach (var teacher in teachers)
            teacher.Dispose();
    }

    private static ReadOnlySpan<float> Row(float[] rows, int row, int width) => rows.AsSpan(row * width, width);

    private int Width(TeacherSpace space) => teachers.Where(t => t.Space == space).Sum(static t => t.Dimension);

    /// <returns>[P, width of the space]: the teachers of a space side by side, each at unit length; zeros for parts of the other modality.</returns>
    private float[] Columns(SequencePart[] parts, TeacherSpace space, CancellationToken cancellationToken)
    {
        var width = Width(space);
        var columns = new float[parts.Length * width];
        var asked = Enumerable.Range(0, parts.Length)
            .Where(p => space == TeacherSpace.Shared || parts[p].Part is PictureContent == (space == TeacherSpace.PictureOnly))
            .ToArray();
        var first = 0;
        foreach (var teacher in teachers.Where(t => t.Space == space && asked.Length > 0))
        {
            var vectors = new float[asked.Length * teacher.Dimension];
            teacher.Embed(Array.ConvertAll(asked, p => parts[p]), vectors, cancellationToken);
            for (var i = 0; i < asked.Length; i++)
                CopyUnit(Row(vectors, i, teacher.Dimension), columns.AsSpan(asked[i] * width + first));
            first += teacher.Dimension;
        }

        return columns;
    }

    private static void CopyUnit(ReadOnlySpan<float> vector, Span<float> target)
    {
        double squares = 0;
        foreach (var value in vector)
            squares += (double)value * value;
        var scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        for (var k = 0; k < vector.Length; k++)
            target[k] = (float)(vector[k] * scale);
    }

    private TeacherException Unknown(IReadOnlyList<SequenceSample> samples, int part, bool isPicture)
    {
        var sample = 0;
        for (; part >= samples[sample].Parts.Count; sample++)
            part -= samples[sample].Parts.Count;
        return new TeacherException(
            string.Join(" + ", Names), $"none knows part {part} of sequence '{samples[sample].Key}'",
            $"Add a teacher that looks at {(isPicture ? "pictures" : "texts")} themselves, such as {(isPicture ? PictureHistogramTeacher.Kind : TextNgramTeacher.Kind)}.");
    }
}
