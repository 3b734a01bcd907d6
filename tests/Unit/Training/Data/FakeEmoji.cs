using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

/// <summary>Drawn concepts without packages or a rasteriser: each sprite is a field of random blocks that no other one resembles.</summary>
internal static class FakeEmoji
{
    private const int Blocks = 8;

    /// <summary>Things of scenes, under their real names, and a few concepts that scenes are not made of.</summary>
    public static List<DrawnConcept> Concepts(int things = 120, int others = 30) =>
    [
        .. SceneNames.All.Take(things).Select(static (name, i) => Concept(name.Key, name.Value.Singular, "group-" + (i % 4))),
        .. Enumerable.Range(0, others).Select(static i => Concept($"F{i:000}", $"other {i}", "others")),
    ];

    public static DrawnConcept Concept(string id, string label, string group) => new(
        id, label, ["tag one", "tag two", "tag three"], group, [.. EmojiStyles.All.Select(style => (byte[]?)Sprite($"{id} {style}"))]);

    public static byte[] Sprite(string name)
    {
        var dice = new Dice(1, name, 0);
        var colours = new byte[Blocks * Blocks * 3];
        foreach (ref var colour in colours.AsSpan())
            colour = (byte)dice.Next(256);
        var sprite = new byte[SpriteAtlas.SpriteBytes];
        for (var i = 0; i < SpriteAtlas.Side * SpriteAtlas.Side; i++)
        {
            var (x, y) = (i % SpriteAtlas.Side * Blocks / SpriteAtlas.Side, i / SpriteAtlas.Side * Blocks / SpriteAtlas.Side);
            colours.AsSpan(((y * Blocks) + x) * 3, 3).CopyTo(sprite.AsSpan(i * 4));
            sprite[(i * 4) + 3] = byte.MaxValue;
        }

        return sprite;
    }
}
