namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>How often groups are of each shape and their scenes of each edit; an item stands as often as it is to come.</summary>
internal sealed record SceneGroupMix(SceneShape[] Shapes, SceneEdit[] Edits)
{
    /// <summary>Every shape and edit. What is learned last, order and relations, comes most often.</summary>
    public static SceneGroupMix All { get; } = new(
        Weighted((SceneShape.Single, 2), (SceneShape.Pair, 9), (SceneShape.Triple, 3), (SceneShape.Quad, 2), (SceneShape.Count, 2), (SceneShape.MixedCount, 2)),
        Weighted(
            (SceneEdit.SwapObjects, 9), (SceneEdit.ReplaceRelation, 7), (SceneEdit.SwapSizes, 5), (SceneEdit.ReplaceSize, 3), (SceneEdit.ReplaceObject, 3),
            (SceneEdit.ChangeCount, 3), (SceneEdit.ReplaceBackground, 2), (SceneEdit.AddObject, 1)));

    /// <summary>Which thing is where, and nothing else.</summary>
    public static SceneGroupMix Order { get; } = new(
        Weighted((SceneShape.Pair, 3), (SceneShape.Triple, 1)),
        Weighted((SceneEdit.SwapObjects, 2), (SceneEdit.ReplaceRelation, 1)));

    private static T[] Weighted<T>(params (T Item, int Weight)[] items) => [.. items.SelectMany(static entry => Enumerable.Repeat(entry.Item, entry.Weight))];
}
