using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// No encoder at all: the exact knowledge that made data carries beside each part (its scene graph as a vector). Parts without it are left
/// to the other teachers.
/// </summary>
public sealed class KnowledgeTeacher : ITeacher
{
    /// <param name="dimension">K of the data's knowledge vectors.</param>
    public KnowledgeTeacher(int dimension)
    {
        if (dimension < 1)
            throw new TeacherException(Kind, "the data carries no knowledge of its parts", "Use a teacher that looks at the parts, or data with scene graphs.");
        Dimension = dimension;
    }

    public static string Kind => "knowledge";

    public string Name => Kind;

    public TeacherSpace Space => TeacherSpace.Shared;

    public int Dimension { get; }

    public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
    {
        for (var p = 0; p < parts.Count; p++)
        {
            var knowledge = parts[p].Knowledge.Span;
            if (!knowledge.IsEmpty && knowledge.Length != Dimension)
                throw new TeacherException(Name, $"a part carries {knowledge.Length} values of knowledge where the data promises {Dimension}", "Build the data again.");
            knowledge.CopyTo(vectors[(p * Dimension)..]);
        }
    }

    public void Dispose()
    {
    }
}
