using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>Splits concepts into training, validation and test and drops pictures that would give a later split away.</summary>
internal static class CatalogueBuilder
{
    private const int TrainPercent = 86;
    private const int ValidationPercent = 4;

    /// <returns>The catalogue, its sprites in the atlas's order, and how many near-duplicates were dropped.</returns>
    public static (Catalogue Catalogue, IReadOnlyList<byte[]> Sprites, int Dropped) Build(IReadOnlyList<DrawnConcept> drawn, ulong seed)
    {
        var splits = drawn.ToDictionary(static concept => concept.Id, concept => SplitOf(seed, concept.Id));
        var seen = new List<ulong>();
        var kept = new List<(DrawnConcept Concept, byte[]?[] Sprites)>();
        var dropped = 0;
        // In the order of the splits: a validation picture may not look like a training picture, a test picture like neither.
        foreach (var split in Enum.GetValues<DataSplit>())
        {
            var own = new List<ulong>();
            foreach (var concept in drawn.Where(concept => splits[concept.Id] == split))
            {
                var sprites = concept.Sprites.ToArray();
                for (var i = 0; i < sprites.Length; i++)
                {
                    if (sprites[i] is not { } sprite)
                        continue;
                    var hash = DifferenceHash.Of(sprite);
                    if (split != DataSplit.Train && seen.Exists(other => DifferenceHash.AreNear(hash, other)))
                    {
                        sprites[i] = null;
                        dropped++;
                        continue;
                    }

                    own.Add(hash);
                }

                if (Array.Exists(sprites, static sprite => sprite is not null))
                    kept.Add((concept, sprites));
            }

            seen.AddRange(own);
        }

        var atlas = new List<byte[]>();
        var concepts = new List<Concept>();
        foreach (var (concept, sprites) in kept.OrderBy(static entry => entry.Concept.Id, StringComparer.Ordinal))
        {
            var indices = new int[sprites.Length];
            for (var i = 0; i < sprites.Length; i++)
            {
                indices[i] = sprites[i] is null ? -1 : atlas.Count;
                if (sprites[i] is { } sprite)
                    atlas.Add(sprite);
            }

            concepts.Add(new Concept(concept.Id, concept.Label, concept.Tags, concept.Group, splits[concept.Id], indices)
            {
                Scene = SceneNames.All.GetValueOrDefault(concept.Id),
            });
        }

        return (new Catalogue(seed, concepts), atlas, dropped);
    }

    private static DataSplit SplitOf(ulong seed, string id) => (int)(Dice.Mix(seed ^ Dice.Hash("split " + id)) % 100) switch
    {
        < TrainPercent => DataSplit.Train,
        < TrainPercent + ValidationPercent => DataSplit.Validation,
        _ => DataSplit.Test,
    };
}
