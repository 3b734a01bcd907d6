using System.Buffers;
using System.Runtime.Intrinsics;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Draws scenes. A pure function of the graph and the atlas; thread-safe.</summary>
internal sealed class SceneCanvas(Catalogue catalogue, SpriteAtlas atlas)
{
    /// <summary>S of every picture.</summary>
    public const int Side = 128;

    private const int Jitter = 3;
    private const int ShadeRange = 5;

    // Fields a side of the random brightness that is interpolated over the background.
    private const int TextureFields = 5;

    // Centres of the outer cells: two large objects side by side just fit, and a small one stays clear of the border.
    private static readonly int[] Centres = [33, Side / 2, Side - 33];

    private static readonly float[] TextureStrengths = [0, 6, 12];

    // By row or column of the picture: the field before it, and how far it is on the way to the next.
    private static readonly (int Field, float Along)[] FieldAt = [.. Enumerable.Range(0, Side).Select(static i => Split(i * (TextureFields - 1f) / (Side - 1)))];

    public Picture Draw(SceneGraph scene) => Draw(scene, []);

    /// <param name="boxes">Gets the square of each object, by slot.</param>
    public Picture Draw(SceneGraph scene, ICollection<SpriteBox> boxes)
    {
        var rgb = new byte[Side * Side * 3];
        var dice = new Dice(scene.Look);
        FillBackground(rgb, scene.Background, ref dice);
        foreach (var item in scene.Objects)
        {
            // Every slot takes its throws, whatever is in it: a change of one object leaves the others where they are.
            var (x, y, small, large) = (dice.Between(-Jitter, Jitter), dice.Between(-Jitter, Jitter), dice.Between(28, 38), dice.Between(50, 60));
            var side = item.Size == ObjectSize.Small ? small : large;
            var box = new SpriteBox(Centres[item.Column] + x - (side / 2), Centres[item.Row] + y - (side / 2), side);
            Paste(rgb, atlas[catalogue.Concepts[item.Concept].Sprite(item.Style)], box);
            boxes.Add(box);
        }

        return new Picture(Side, rgb);
    }

    /// <summary>One object alone, large.</summary>
    public Picture DrawAlone(int sprite, int background, ulong look)
    {
        var dice = new Dice(look);
        return DrawAt([(sprite, Alone(ref dice))], background, dice.Next());
    }

    /// <summary>Where an object that is alone and large may be.</summary>
    public static SpriteBox Alone(ref Dice dice)
    {
        var side = dice.Between(76, 116);
        var room = Side - side;
        return new SpriteBox(dice.Between(0, room), dice.Between(0, room), side);
    }

    /// <summary>Sprites wherever they are wanted, each over those before it.</summary>
    public Picture DrawAt(IEnumerable<(int Sprite, SpriteBox Box)> sprites, int background, ulong look)
    {
        var rgb = new byte[Side * Side * 3];
        var dice = new Dice(look);
        FillBackground(rgb, background, ref dice);
        foreach (var (sprite, box) in sprites)
            Paste(rgb, atlas[sprite], box);
        return new Picture(Side, rgb);
    }

    private static void FillBackground(Span<byte> rgb, int background, ref Dice dice)
    {
        var (red, green, blue) = Backgrounds.Colours[background];
        var (shadeRed, shadeGreen, shadeBlue) = (dice.Between(-ShadeRange, ShadeRange), dice.Between(-ShadeRange, ShadeRange), dice.Between(-ShadeRange, ShadeRange));
        var strength = dice.Pick(TextureStrengths);
        Span<float> fields = stackalloc float[TextureFields * TextureFields];
        foreach (ref var field in fields)
            field = strength * dice.Signed();

        Span<float> column = stackalloc float[TextureFields];
        var at = 0;
        for (var y = 0; y < Side; y++)
        {
            var (row, down) = FieldAt[y];
            for (var i = 0; i < TextureFields; i++)
                column[i] = (fields[(row * TextureFields) + i] * (1 - down)) + (fields[((row + 1) * TextureFields) + i] * down);
            foreach (var (left, along) in FieldAt)
            {
                var light = (int)MathF.Round((column[left] * (1 - along)) + (column[left + 1] * along));
                rgb[at] = ToByte(red + shadeRed + light);
                rgb[at + 1] = ToByte(green + shadeGreen + light);
                rgb[at + 2] = ToByte(blue + shadeBlue + light);
                at += 3;
            }
        }
    }

    private static (int Field, float Along) Split(float value)
    {
        var field = Math.Min((int)value, TextureFields - 2);
        return (field, value - field);
    }

    /// <summary>Lays a sprite over the picture, shrunk or grown to a side; what lies outside is cut.</summary>
    private static void Paste(Span<byte> rgb, ReadOnlySpan<byte> sprite, SpriteBox box)
    {
        var (left, top, side) = (box.Left, box.Top, box.Side);
        var pixels = ArrayPool<Vector128<float>>.Shared.Rent(side * side);
        SpriteScaler.Scale(sprite, SpriteAtlas.Side, pixels.AsSpan(0, side * side), side);
        for (var y = Math.Max(0, -top); y < Math.Min(side, Side - top); y++)
        {
            for (var x = Math.Max(0, -left); x < Math.Min(side, Side - left); x++)
            {
                var pixel = pixels[(y * side) + x];
                var through = 1 - (pixel[3] / 255);
                if (through >= 1)
                    continue;
                var under = rgb.Slice((((top + y) * Side) + left + x) * 3, 3);
                for (var c = 0; c < 3; c++)
                    under[c] = ToByte((int)MathF.Round(pixel[c] + (under[c] * through)));
            }
        }

        ArrayPool<Vector128<float>>.Shared.Return(pixels);
    }

    private static byte ToByte(int value) => (byte)Math.Clamp(value, 0, 255);
}
