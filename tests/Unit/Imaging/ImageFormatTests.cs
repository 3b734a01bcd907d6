using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Imaging;

public class ImageFormatTests
{
    [Theory]
    [InlineData("png-rgb16.png", "scene.png")]
    [InlineData("png-interlaced.png", "scene.png")]
    [InlineData("png-exif-6.png", "scene.png")]
    [InlineData("png-compressed-bombs.png", "scene.png")]
    [InlineData("png-animated.png", "scene.png")] // by the still picture it carries for readers like this one
    [InlineData("png-rgba.png", "scene-on-white.png")]
    [InlineData("png-rgba16.png", "scene-on-white.png")]
    [InlineData("png-interlaced-rgba.png", "scene-on-white.png")]
    [InlineData("png-grey.png", "scene-grey.png")]
    [InlineData("png-grey16.png", "scene-grey.png")]
    [InlineData("png-grey-alpha.png", "scene-grey.png")]
    [InlineData("png-palette.png", "scene-palette.png")]
    [InlineData("png-palette-transparent.png", "scene-palette-transparent.png")]
    [InlineData("png-one-bit.png", "scene-one-bit.png")]
    [InlineData("webp-lossless.webp", "scene.png")]
    [InlineData("webp-exif-8.webp", "scene.png")]
    [InlineData("webp-alpha-lossless.webp", "scene-on-white.png")]
    public void Lossless_files_decode_exactly(string file, string expected) =>
        // Rounding of a mix with white may differ by one from the reference's.
        Assert.InRange(Fixtures.Difference(Fixtures.Decode(file), Fixtures.Decode(expected)).Max, 0, expected == "scene-on-white.png" ? 1 : 0);

    [Theory]
    [InlineData("jpeg-baseline.jpg", "scene.png", 1.5)]
    [InlineData("jpeg-progressive.jpg", "scene.png", 1.5)]
    [InlineData("jpeg-420.jpg", "scene.png", 5.5)]
    [InlineData("jpeg-grey.jpg", "scene-grey.png", 1)]
    [InlineData("jpeg-cmyk-adobe.jpg", "scene.png", 2)]
    [InlineData("jpeg-cmyk-plain.jpg", "scene.png", 2)]
    [InlineData("jpeg-ycck.jpg", "scene.png", 3)]
    [InlineData("webp-lossy.webp", "scene.png", 5.5)]
    [InlineData("webp-alpha-lossy.webp", "scene-on-white.png", 5)]
    public void Lossy_files_decode_closely(string file, string expected, double mean) =>
        Assert.InRange(Fixtures.Difference(Fixtures.Decode(file), Fixtures.Decode(expected)).Mean, 0, mean);

    [Fact]
    public void What_says_nothing_of_the_pixels_is_no_damage()
    {
        var sound = Fixtures.Read("jpeg-baseline.jpg");
        var expected = Fixtures.Decode("jpeg-baseline.jpg");

        // The end of the spectrum of a scan that has all of it: many cameras wrote 0.
        var scan = sound.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        var patched = sound.ToArray();
        patched[scan + 6 + (2 * sound[scan + 4])] = 0;
        Assert.Equal(63, sound[scan + 6 + (2 * sound[scan + 4])]);
        Assert.Equal(0, Fixtures.Difference(ImageDecoder.DecodeRgb(patched, ImageLimits.Default), expected).Max);

        // A major version of JFIF that there is not.
        patched = sound.ToArray();
        patched[sound.AsSpan().IndexOf("JFIF\0"u8) + 5] = 2;
        Assert.Equal(0, Fixtures.Difference(ImageDecoder.DecodeRgb(patched, ImageLimits.Default), expected).Max);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Every_orientation_is_turned_upright(int orientation)
    {
        var data = Fixtures.Read($"jpeg-exif-{orientation}.jpg");
        var info = ImageDecoder.Probe(data, ImageLimits.Default);
        Assert.Equal((orientation, 46, 30), (info.Orientation, info.Width, info.Height));

        var scene = Fixtures.Decode("scene.png");
        Assert.InRange(Fixtures.Difference(ImageDecoder.DecodeRgb(data, ImageLimits.Default), scene).Mean, 0, 1.5);

        foreach (var mode in Enum.GetValues<ResizeMode>())
        {
            var expected = Fixtures.DecodeSquare(Fixtures.Read("scene.png"), 24, mode);
            var upright = Fixtures.DecodeSquare(data, 24, mode);
            Assert.InRange(expected.Zip(upright, static (a, b) => Math.Abs(a - b)).Average(), 0, 1.5);
        }
    }

    [Fact]
    public void The_orientation_is_found_behind_other_segments_and_the_first_one_counts()
    {
        var third = Fixtures.Read("jpeg-exif-3.jpg");
        var sixth = Fixtures.Read("jpeg-exif-6.jpg");
        Assert.Equal(6, ImageDecoder.Probe(Fixtures.WithEmptySegments(sixth, 1000), ImageLimits.Default).Orientation);

        // Behind the magic bytes of the one what stands before the tables of the other: its Exif.
        var tables = third.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDB]);
        byte[] both = [.. sixth[..2], .. third[2..tables], .. sixth[2..]];
        Assert.Equal(3, ImageDecoder.Probe(both, ImageLimits.Default).Orientation);
    }

    [Theory]
    [InlineData("scene.png", ImageFormat.Png, 3)]
    [InlineData("png-grey16.png", ImageFormat.Png, 1)]
    [InlineData("png-grey-alpha.png", ImageFormat.Png, 2)]
    [InlineData("png-palette-transparent.png", ImageFormat.Png, 4)]
    [InlineData("jpeg-grey.jpg", ImageFormat.Jpeg, 1)]
    [InlineData("jpeg-ycck.jpg", ImageFormat.Jpeg, 4)]
    [InlineData("webp-lossy.webp", ImageFormat.WebP, 3)]
    [InlineData("webp-alpha-lossy.webp", ImageFormat.WebP, 4)]
    public void Probe_reads_the_header(string file, ImageFormat format, int channels)
    {
        var info = ImageDecoder.Probe(Fixtures.Read(file), ImageLimits.Default);
        Assert.Equal(new ImageInfo(format, 46, 30, channels, 1, 1, info.DecodeBytes), info);
        Assert.InRange(info.DecodeBytes, 1, 1 << 20);
    }

    [Fact]
    public void What_is_kept_whole_while_decoding_is_counted()
    {
        var rows = ImageDecoder.Probe(Fixtures.Read("jpeg-baseline.jpg"), ImageLimits.Default).DecodeBytes;
        var whole = ImageDecoder.Probe(Fixtures.Read("jpeg-progressive.jpg"), ImageLimits.Default).DecodeBytes;
        Assert.NotEqual(rows, whole);
        var perRow = ImageDecoder.Probe(Fixtures.Read("scene.png"), ImageLimits.Default).DecodeBytes;
        var interlaced = ImageDecoder.Probe(Fixtures.Read("png-interlaced.png"), ImageLimits.Default).DecodeBytes;
        Assert.True(interlaced >= perRow + 46 * 4 * 20, $"{perRow} by rows, {interlaced} interlaced");
    }

    [Theory]
    [InlineData("png-rgba.png")]
    [InlineData("jpeg-progressive.jpg")]
    [InlineData("webp-lossy.webp")]
    public void Bytes_after_the_end_are_ignored(string file)
    {
        byte[] padded = [.. Fixtures.Read(file), .. new byte[100]];
        Assert.Equal(Fixtures.Decode(file).Pixels, ImageDecoder.DecodeRgb(padded, ImageLimits.Default).Pixels);
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        var files = Fixtures.Good.Select(Fixtures.Read).ToArray();
        var alone = files.Select(static f => Fixtures.DecodeSquare(f, 16)).ToArray();
        Parallel.For(0, files.Length * 8, i => Assert.Equal(alone[i % files.Length], Fixtures.DecodeSquare(files[i % files.Length], 16)));
    }
}
