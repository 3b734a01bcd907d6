using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class PerceptualHashTests
{
    private const int Side = 128;

    [Fact]
    public void Brightness_and_noise_leave_a_picture_the_same()
    {
        var picture = Blobs(1);
        var random = new Random(5);
        var changed = picture.Select(value => (byte)Math.Clamp((value * 0.9) + 10 + random.Next(-6, 7), 0, 255)).ToArray();

        Assert.InRange(PerceptualHash.Of(picture, Side).Distance(PerceptualHash.Of(changed, Side)), 0, PerceptualHash.NearDistance);
    }

    [Fact]
    public void Other_pictures_are_far()
    {
        for (var seed = 2; seed < 12; seed++)
            Assert.True(PerceptualHash.Of(Blobs(1), Side).Distance(PerceptualHash.Of(Blobs(seed), Side)) > 2 * PerceptualHash.NearDistance);
    }

    [Fact]
    public void A_mirrored_picture_is_another()
    {
        var picture = Blobs(3);
        var mirrored = new byte[picture.Length];
        for (var i = 0; i < Side * Side; i++)
            picture.AsSpan(3 * i, 3).CopyTo(mirrored.AsSpan(3 * ((i / Side * Side) + Side - 1 - (i % Side))));

        Assert.True(PerceptualHash.Of(picture, Side).Distance(PerceptualHash.Of(mirrored, Side)) > PerceptualHash.NearDistance);
    }

    /// <summary>Waves of chance lengths and directions.</summary>
    private static byte[] Blobs(int seed)
    {
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 5).Select(_ => (X: random.NextDouble() * 0.2, Y: random.NextDouble() * 0.2, Phase: random.NextDouble() * 6)).ToArray();
        var rgb = new byte[3 * Side * Side];
        for (var i = 0; i < Side * Side; i++)
            rgb.AsSpan(3 * i, 3).Fill((byte)(128 + (25 * waves.Sum(wave => Math.Sin((wave.X * (i % Side)) + (wave.Y * (i / Side)) + wave.Phase)))));
        return rgb;
    }
}
