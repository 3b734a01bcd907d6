using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Imaging;

public class ImageRefusalTests
{
    public static TheoryData<string> GoodFiles => [.. Fixtures.Good];

    /// <summary>Files that deploy/fuzz.sh stumbled over.</summary>
    public static TheoryData<string> Found => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "data", "fuzz", "fuzz_image"))];

    [Theory]
    [MemberData(nameof(Found))]
    public void What_the_fuzzer_found_is_refused(string file)
    {
        var error = Assert.Throws<ImageException>(() => Fixtures.DecodeSquare(File.ReadAllBytes(file), 8));
        Assert.NotEmpty(error.Problem);
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void A_file_cut_anywhere_is_refused_as_truncated(string file)
    {
        var data = Fixtures.Read(file);
        // Every length of a small file; of the large one, every length of its last part and samples before.
        for (var length = 1; length < data.Length; length += data.Length > 8192 && length < data.Length - 2048 ? 97 : 1)
        {
            var error = Assert.Throws<ImageException>(() => Fixtures.DecodeSquare(data[..length], 8));
            Assert.True(error.Kind == ImageError.Truncated, $"{length} of {data.Length} bytes: {error.Message}");
        }

        Fixtures.DecodeSquare(data, 8);
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void A_damaged_file_is_decoded_or_refused_and_nothing_else(string file)
    {
        var original = Fixtures.Read(file);
        var damage =
            from count in Gen.Choose(1, 12)
            from places in Gen.Choose(0, original.Length - 1).ArrayOf(count)
            from values in Gen.Choose(0, 255).ArrayOf(count)
            select places.Zip(values);
        var limits = new ImageLimits { MaxPixels = 1 << 20 };
        Prop.ForAll(damage.ToArbitrary(), changes =>
        {
            var data = (byte[])original.Clone();
            foreach (var (place, value) in changes)
                data[place] = (byte)value;
            var pixels = new float[3 * 8 * 8];
            try
            {
                ImageDecoder.DecodeNormalized(data, limits, 8, Fixtures.NoMean, Fixtures.NoScale, pixels);
            }
            catch (ImageException error)
            {
                Assert.NotEmpty(error.Problem);
                return;
            }

            Assert.All(pixels, static p => Assert.InRange(p, -0.001f, 1.001f));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    [Fact]
    public void A_huge_picture_is_refused_by_its_header()
    {
        var data = Fixtures.Read("png-30000.png");

        var side = Assert.Throws<ImageException>(() => Fixtures.DecodeSquare(data, 8));
        Assert.Equal((ImageError.TooLarge, ImageLimit.Side), (side.Kind, side.Limit));
        Assert.Equal("The picture's longer side is 30000 pixels; at most 16384 are taken. Scale it down", side.Message);

        var pixels = Assert.Throws<ImageException>(() => ImageDecoder.Probe(data, new ImageLimits { MaxSide = 40000 }));
        Assert.Equal((ImageError.TooLarge, ImageLimit.Pixels), (pixels.Kind, pixels.Limit));
        Assert.Contains("900000000", pixels.Message);
    }

    [Theory]
    [InlineData("scene.png")]
    [InlineData("jpeg-baseline.jpg")]
    [InlineData("webp-lossy.webp")]
    public void Each_limit_refuses_one_beyond_it_and_takes_what_just_fits(string file)
    {
        var data = Fixtures.Read(file);
        var exact = new ImageLimits { MaxBytes = data.Length, MaxPixels = 46 * 30, MaxSide = 46 };
        ImageDecoder.DecodeRgb(data, exact);
        AssertRefused(ImageLimit.Bytes, exact with { MaxBytes = data.Length - 1 });
        AssertRefused(ImageLimit.Pixels, exact with { MaxPixels = 46 * 30 - 1 });
        AssertRefused(ImageLimit.Side, exact with { MaxSide = 45 });

        void AssertRefused(ImageLimit limit, ImageLimits limits)
        {
            var error = Assert.Throws<ImageException>(() => ImageDecoder.DecodeRgb(data, limits));
            Assert.Equal((ImageError.TooLarge, limit), (error.Kind, error.Limit));
        }
    }

    [Fact]
    public void An_animation_is_refused()
    {
        var error = Assert.Throws<ImageException>(() => Fixtures.Decode("webp-animated.webp"));
        Assert.Equal((ImageError.TooLarge, ImageLimit.Frames), (error.Kind, error.Limit));
    }

    [Fact]
    public void Other_formats_are_refused_with_their_first_bytes()
    {
        var gif = Assert.Throws<ImageException>(() => Fixtures.Decode("other.gif"));
        Assert.Equal(ImageError.UnsupportedFormat, gif.Kind);
        Assert.Equal("The picture can't be read: it begins with the bytes 47 49 46 38 37 61 2e 00. Send a JPEG, PNG or WebP file", gif.Message);

        byte[][] others = [Fixtures.Read("other.bmp"), [], "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray(), [0xFF, 0xD8, 0x00]];
        foreach (var data in others)
            Assert.Equal(ImageError.UnsupportedFormat, Assert.Throws<ImageException>(() => ImageDecoder.Probe(data, ImageLimits.Default)).Kind);
    }

    [Fact]
    public void A_wrong_checksum_of_the_pixels_is_refused()
    {
        var data = Fixtures.Read("png-rgba.png");
        var end = data.AsSpan().IndexOf("IEND"u8);
        data[end - 5] ^= 1; // the last byte of the checksum of IDAT
        Assert.Equal(ImageError.Corrupt, Assert.Throws<ImageException>(() => Fixtures.DecodeSquare(data, 8)).Kind);
    }

    [Fact]
    public void A_jpeg_of_countless_scans_is_refused()
    {
        // Cheap to send, a pass over the whole picture each.
        var error = Assert.Throws<ImageException>(() => Fixtures.Decode("many-scans.jpg"));
        Assert.Equal(ImageError.Corrupt, error.Kind);
        Assert.Contains("scans", error.Problem);
    }

    [Fact]
    public void A_jpeg_of_segments_alone_is_refused_when_it_ends()
    {
        // A megabyte of them: each costs as little as the first, or this takes a minute.
        var error = Assert.Throws<ImageException>(() => ImageDecoder.Probe(Fixtures.WithEmptySegments([0xFF, 0xD8], 1 << 18), ImageLimits.Default));
        Assert.Equal(ImageError.Truncated, error.Kind);
    }

    [Fact]
    public void A_segment_that_reaches_beyond_the_file_is_refused_as_truncated()
    {
        byte[] data = [0xFF, 0xD8, 0xFF, 0xE1, 0x12, 0x34, .. "Exif\0\0"u8];
        Assert.Equal(ImageError.Truncated, Assert.Throws<ImageException>(() => ImageDecoder.Probe(data, ImageLimits.Default)).Kind);
    }

    [Fact]
    public void Arithmetic_coding_is_refused_by_its_header()
    {
        // Its decoder can't tell a cut file from a whole one.
        var data = Fixtures.Read("jpeg-baseline.jpg");
        data[Frame(data) + 1] = 0xC9;
        var error = Assert.Throws<ImageException>(() => ImageDecoder.Probe(data, ImageLimits.Default));
        Assert.Equal(ImageError.UnsupportedFormat, error.Kind);
        Assert.Contains("arithmetic", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16384, 16384)]
    [InlineData(70000, 65500)]
    public void A_jpeg_longer_than_its_decoder_takes_is_too_large_and_not_damaged(int maxSide, int allowed)
    {
        var data = Fixtures.Read("jpeg-baseline.jpg");
        var frame = Frame(data);
        (data[frame + 5], data[frame + 6]) = (0xFF, 0xFF);
        var error = Assert.Throws<ImageException>(() => ImageDecoder.Probe(data, new ImageLimits { MaxSide = maxSide }));
        Assert.Equal((ImageError.TooLarge, ImageLimit.Side), (error.Kind, error.Limit));
        Assert.Equal($"The picture's longer side is 65535 pixels; at most {allowed} are taken", error.Problem);
    }

    [Fact]
    public void Arguments_that_mean_nothing_are_refused()
    {
        var data = Fixtures.Read("scene.png");
        var pixels = new float[3 * 8 * 8];
        var limits = ImageLimits.Default;
        Assert.Throws<ArgumentOutOfRangeException>("size", () => Decode(0, Fixtures.NoMean, Fixtures.NoScale));
        Assert.Throws<ArgumentException>("destination", () => Decode(9, Fixtures.NoMean, Fixtures.NoScale));
        Assert.Throws<ArgumentException>("mean", () => Decode(8, [0], Fixtures.NoScale));
        Assert.Throws<ArgumentOutOfRangeException>("std", () => Decode(8, Fixtures.NoMean, [1, 0, 1]));

        void Decode(int size, float[] mean, float[] std) => ImageDecoder.DecodeNormalized(data, limits, size, mean, std, pixels);
    }

    /// <summary>Where a baseline JPEG's frame header begins: FF C0, its length, the bits of a sample, height, width.</summary>
    private static int Frame(byte[] jpeg) => jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
}
