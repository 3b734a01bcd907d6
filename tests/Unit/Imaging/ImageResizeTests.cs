using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Imaging;

public class ImageResizeTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(17)]
    [InlineData(40)]
    [InlineData(90)]
    public void Squash_is_the_antialiased_bilinear_filter(int size)
    {
        // 46 x 30 pixels: both sides shrink, one of them, none. The reference rounds to bytes after each direction.
        var difference = Fixtures.Difference(Fixtures.DecodeSquare(Fixtures.Read("scene.png"), size), Fixtures.Decode($"resized-{size}x{size}.png"));
        Assert.InRange(difference.Max, 0, 1.1);
    }

    [Fact]
    public void Letterbox_keeps_the_aspect_and_pads_with_the_mean()
    {
        const int size = 32, height = 21, top = 5;
        float[] mean = [0.5f, 0.4f, 0.3f], std = [0.2f, 0.25f, 0.5f];
        var pixels = new float[3 * size * size];
        Array.Fill(pixels, float.NaN);
        ImageDecoder.DecodeNormalized(Fixtures.Read("scene.png"), ImageLimits.Default, size, mean, std, pixels, ResizeMode.Letterbox);

        var expected = Fixtures.Decode("resized-32x21.png");
        for (var c = 0; c < 3; c++)
        {
            for (var y = 0; y < size; y++)
            {
                for (var x = 0; x < size; x++)
                {
                    var value = pixels[(c * size + y) * size + x];
                    if (y is < top or >= top + height)
                        Assert.Equal(0, value);
                    else
                        Assert.Equal((expected.Pixels[((y - top) * size + x) * 3 + c] / 255f - mean[c]) / std[c], value, 1.1f / 255 / std[c]);
                }
            }
        }
    }

    [Fact]
    public void A_jpeg_shrunk_while_decoding_looks_like_one_shrunk_after()
    {
        var difference = Fixtures.Difference(Fixtures.DecodeSquare(Fixtures.Read("jpeg-large.jpg"), 32), Fixtures.Decode("jpeg-large-32x32.png"));
        Assert.InRange(difference.Mean, 0, 1.5);
    }

    [Fact]
    public void Encoded_files_decode_to_what_they_were_made_from()
    {
        var scene = Fixtures.Decode("scene.png");
        Assert.Equal(scene.Pixels, ImageDecoder.DecodeRgb(ImageEncoder.EncodePng(scene), ImageLimits.Default).Pixels);
        // Halved colour resolution blurs the edges of the boxes.
        var jpeg = ImageDecoder.DecodeRgb(ImageEncoder.EncodeJpeg(scene, 95), ImageLimits.Default);
        Assert.InRange(Fixtures.Difference(jpeg, scene).Mean, 0, 5.5);
        Assert.Throws<ArgumentException>("image", () => ImageEncoder.EncodePng(scene with { Width = 45 }));
        Assert.Throws<ArgumentOutOfRangeException>("quality", () => ImageEncoder.EncodeJpeg(scene, 101));
    }
}
