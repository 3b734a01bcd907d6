using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>All that is known of a scene.</summary>
/// <param name="Objects">
/// One to four, in no order of meaning. Two of them share a row or a column only with a free cell between them, so that left of, above and
/// so on are unmistakable; two that share neither have no such relation.
/// </param>
/// <param name="Background">Index into <see cref="Backgrounds"/>.</param>
/// <param name="Look">What is not said of it: exact sizes and places, shade and texture. Scenes with the same look differ only in what the graph says.</param>
internal sealed record SceneGraph(ImmutableArray<SceneObject> Objects, int Background, ulong Look)
{
    /// <summary>How the subject lies to the other; null where neither row nor column is shared.</summary>
    public Relation? RelationOf(int subject, int other)
    {
        var (a, b) = (Objects[subject], Objects[other]);
        if (a.Row == b.Row)
            return a.Column < b.Column ? Relation.LeftOf : Relation.RightOf;
        if (a.Column == b.Column)
            return a.Row < b.Row ? Relation.Above : Relation.Below;
        return null;
    }

    public SceneGraph With(int slot, SceneObject replacement) => this with { Objects = Objects.SetItem(slot, replacement) };
}
