using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>All objects of a scene that show the same concept; they share one size.</summary>
/// <param name="Slots">Indices into the scene's objects, ascending.</param>
internal sealed record Species(int Concept, ObjectSize Size, ImmutableArray<int> Slots)
{
    public int Count => Slots.Length;

    /// <summary>In the order of their first objects.</summary>
    public static ImmutableArray<Species> Of(SceneGraph scene) =>
    [
        .. scene.Objects.Select(static (item, slot) => (item, slot)).GroupBy(static entry => entry.item.Concept)
            .Select(static group => new Species(group.Key, group.First().item.Size, [.. group.Select(static entry => entry.slot)])),
    ];
}
