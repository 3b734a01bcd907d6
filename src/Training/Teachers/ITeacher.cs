using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// A frozen encoder of single parts: what L_d's target matrix is made of. Deterministic: equal parts, equal vectors. One thread at a time.
/// </summary>
public interface ITeacher : IDisposable
{
    /// <summary>Identifies what it computes, such as <c>picture-histograms</c>: a run is resumed with teachers of the same names only.</summary>
    string Name { get; }

    TeacherSpace Space { get; }

    /// <summary>K, the width of its vectors.</summary>
    int Dimension { get; }

    /// <param name="parts">P parts; only pictures for <see cref="TeacherSpace.PictureOnly"/>, only texts for <see cref="TeacherSpace.TextOnly"/>.</param>
    /// <param name="vectors">[P,K], all zeros before: a part the teacher knows nothing of is left so. Lengths do not matter, they are scaled later.</param>
    /// <exception cref="TeacherException">The teacher should know a part and does not, or what it knows is no number.</exception>
    void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken);
}
