using System.Runtime.Intrinsics;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Emoji.Import;

namespace UnifiedVlm.Tests.Unit.Training.Data;

public sealed class SpriteTests
{
    [Theory]
    [InlineData(64, 28)]
    [InlineData(64, 64)]
    [InlineData(64, 116)]
    [InlineData(3, 62)]
    [InlineData(96, 9)]
    public void Scaling_keeps_what_is_even(int from, int to)
    {
        var source = new byte[from * from * 4];
        for (var i = 0; i < source.Length; i += 4)
            (source[i], source[i + 1], source[i + 2], source[i + 3]) = (10, 100, 200, 255);
        var scaled = new Vector128<float>[to * to];
        SpriteScaler.Scale(source, from, scaled, to);

        Assert.All(scaled, static pixel =>
        {
            Assert.Equal(10, pixel[0], 1e-3);
            Assert.Equal(100, pixel[1], 1e-3);
            Assert.Equal(200, pixel[2], 1e-3);
            Assert.Equal(255, pixel[3], 1e-3);
        });
    }

    [Fact]
    public void Scaling_to_the_same_side_changes_nothing()
    {
        var sprite = FakeEmoji.Sprite("same");
        var scaled = new Vector128<float>[SpriteAtlas.Side * SpriteAtlas.Side];
        SpriteScaler.Scale(sprite, SpriteAtlas.Side, scaled, SpriteAtlas.Side);
        for (var i = 0; i < sprite.Length; i++)
            Assert.Equal(sprite[i], scaled[i / 4][i % 4], 1e-3);
    }

    [Fact]
    public void A_drawing_is_cut_to_its_edges_and_its_alpha_found_from_two_backgrounds()
    {
        const int Stride = 40;
        var (black, white) = (new byte[Stride * Stride * 3], new byte[Stride * Stride * 3]);
        white.AsSpan().Fill(255);
        // A half transparent red square of 10 pixels at (25, 22), inside the cell of 20 pixels at (20, 20).
        for (var y = 22; y < 32; y++)
        {
            for (var x = 25; x < 35; x++)
            {
                var at = ((y * Stride) + x) * 3;
                (black[at], black[at + 1], black[at + 2]) = (128, 0, 0);
                (white[at], white[at + 1], white[at + 2]) = (255, 127, 127);
            }
        }

        var sprite = SpriteCutter.Cut(black, white, Stride, 20, 20, 20)!;
        for (var y = 0; y < SpriteAtlas.Side; y++)
        {
            for (var x = 0; x < SpriteAtlas.Side; x++)
            {
                var pixel = sprite.AsSpan(((y * SpriteAtlas.Side) + x) * 4, 4).ToArray();
                var inside = x is > 0 and < SpriteAtlas.Side - 1 && y is > 0 and < SpriteAtlas.Side - 1;
                Assert.Equal(inside ? [128, 0, 0, 128] : new byte[4], pixel);
            }
        }

        Assert.Null(SpriteCutter.Cut(black, white, Stride, 0, 0, 20));
    }

    [Fact]
    public void A_perceptual_hash_forgives_noise_and_tells_pictures_apart()
    {
        var sprite = FakeEmoji.Sprite("a");
        var noisy = (byte[])sprite.Clone();
        for (var i = 0; i < noisy.Length; i += 52)
            noisy[i] = (byte)Math.Min(255, noisy[i] + 2);

        Assert.True(DifferenceHash.AreNear(DifferenceHash.Of(sprite), DifferenceHash.Of(noisy)));
        Assert.False(DifferenceHash.AreNear(DifferenceHash.Of(sprite), DifferenceHash.Of(FakeEmoji.Sprite("b"))));
    }
}
