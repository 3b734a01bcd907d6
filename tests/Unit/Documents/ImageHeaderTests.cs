using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Tests.Unit.Documents;

public class ImageHeaderTests
{
    public static TheoryData<string, byte[], ImageFormat> Files => new()
    {
        { "png", TestPictures.Png(300, 200), ImageFormat.Png },
        { "jpeg", TestPictures.Jpeg(300, 200), ImageFormat.Jpeg },
        { "lossy webp", TestPictures.WebP("VP8", 300, 200), ImageFormat.WebP },
        { "lossless webp", TestPictures.WebP("VP8L", 300, 200), ImageFormat.WebP },
        { "extended webp", TestPictures.WebP("VP8X", 300, 200), ImageFormat.WebP },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Format_and_size_are_read(string name, byte[] file, ImageFormat expected)
    {
        Assert.True(ImageHeader.TryDetect(file, out var format), name);
        Assert.Equal(expected, format);
        Assert.True(ImageHeader.TryReadSize(file, out var width, out var height), name);
        Assert.Equal((300, 200), (width, height));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_header_cut_anywhere_is_not_understood_or_gives_the_same_size(string name, byte[] file, ImageFormat expected)
    {
        for (var length = 0; length < file.Length; length++)
        {
            var cut = file.AsSpan(0, length);
            if (ImageHeader.TryReadSize(cut, out var width, out var height))
                Assert.Equal((name, expected, 300, 200), (name, expected, width, height));
        }
    }

    [Theory]
    [InlineData("image/jpeg", true)]
    [InlineData("Image/PNG", true)]
    [InlineData("image/webp", true)]
    [InlineData("image/jpg", false)]
    [InlineData("image/gif", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Media_types(string? mediaType, bool taken) => Assert.Equal(taken, ImageHeader.TryParseMediaType(mediaType, out _));
}
