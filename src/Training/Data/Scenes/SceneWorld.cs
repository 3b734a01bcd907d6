using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>
/// Which things scenes are made of and which of them may meet. Things are those of the training split: what is held out are combinations. A
/// tenth of all pairs never shares a training scene; scenes for validation and test are drawn from those pairs.
/// </summary>
internal sealed class SceneWorld
{
    private const ulong HeldOutOf = 10;
    private const ulong ValidationOf = 10;
    private const ulong Validation = 3;

    // A thing that differs from what is behind it in fewer of its pixels is hard to see even for us.
    private const double VisibleShare = 0.25;
    private const int VisibleDifference = 60;

    private readonly ulong[] keys;
    private readonly bool[] visible; // [concepts, styles, backgrounds]

    public SceneWorld(Catalogue catalogue, SpriteAtlas atlas)
    {
        Catalogue = catalogue;
        keys = [.. catalogue.Concepts.Select(static concept => Dice.Hash(concept.Id))];
        Things = [.. Enumerable.Range(0, keys.Length).Where(i => catalogue.Concepts[i] is { Scene: not null, Split: DataSplit.Train })];
        UnseenThings = [.. Enumerable.Range(0, keys.Length).Where(i => catalogue.Concepts[i] is { Scene: not null, Split: not DataSplit.Train })];
        visible = new bool[keys.Length * EmojiStyles.All.Count * Backgrounds.Count];
        for (var concept = 0; concept < keys.Length; concept++)
        {
            foreach (var style in EmojiStyles.All)
            {
                if (catalogue.Concepts[concept].Sprite(style) is >= 0 and var sprite)
                    FindVisible(atlas[sprite], visible.AsSpan(((concept * EmojiStyles.All.Count) + (int)style) * Backgrounds.Count, Backgrounds.Count));
            }
        }
    }

    public Catalogue Catalogue { get; }

    /// <summary>Concepts of training that scenes are made of, by index into the catalogue.</summary>
    public IReadOnlyList<int> Things { get; }

    /// <summary>Concepts with a scene name that training has never shown.</summary>
    public IReadOnlyList<int> UnseenThings { get; }

    public SceneName Name(int concept) => Catalogue.Concepts[concept].Scene!;

    /// <summary>The split whose scenes may show the two together.</summary>
    public DataSplit SplitOf(int left, int right)
    {
        var pair = Dice.Mix(Catalogue.Seed ^ keys[left] ^ keys[right]);
        if (pair % HeldOutOf != 0)
            return DataSplit.Train;
        return pair / HeldOutOf % ValidationOf < Validation ? DataSplit.Validation : DataSplit.Test;
    }

    /// <summary>Whether a picture exists that stands out from the background.</summary>
    public bool IsVisible(int concept, EmojiStyle style, int background) =>
        visible[(((concept * EmojiStyles.All.Count) + (int)style) * Backgrounds.Count) + background];

    private static void FindVisible(ReadOnlySpan<byte> sprite, Span<bool> backgrounds)
    {
        for (var background = 0; background < backgrounds.Length; background++)
        {
            var (red, green, blue) = Backgrounds.Colours[background];
            var (opaque, different) = (0, 0);
            for (var i = 0; i < sprite.Length; i += 4)
            {
                if (sprite[i + 3] < 128)
                    continue;
                opaque++;
                var scale = 255 / sprite[i + 3];
                var distance = Math.Abs((sprite[i] * scale) - red) + Math.Abs((sprite[i + 1] * scale) - green) + Math.Abs((sprite[i + 2] * scale) - blue);
                different += distance > VisibleDifference ? 1 : 0;
            }

            backgrounds[background] = different > VisibleShare * Math.Max(1, opaque);
        }
    }
}
