using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Tests.Unit.Streams.Fakes;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Server;

public sealed class BoundedPreparerTests
{
    private readonly FakeModel model = new();

    [Fact]
    public void More_pictures_than_there_is_memory_for_are_refused_before_any_is_decoded()
    {
        using var preparer = new BoundedPreparer(model, pictureBytes: 100, maxPixelBytes: 250, maxDecodeBytes: long.MaxValue);
        using var taken = preparer.Prepare(Document(2), CancellationToken.None);
        var error = Assert.Throws<DocumentRejectedException>(() => preparer.Prepare(Document(3), CancellationToken.None));
        Assert.Equal("parts", error.Field);
        Assert.Contains("--memory-mb", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, model.Prepared);
    }

    [Fact]
    public void A_picture_that_takes_too_much_to_decode_is_named()
    {
        var decoding = ImageDecoder.Probe(Png, ImageLimits.Default).DecodeBytes;
        using var enough = new BoundedPreparer(model, 1, 1000, decoding);
        using var taken = enough.Prepare(Document(1), CancellationToken.None);
        using var tooLittle = new BoundedPreparer(model, 1, 1000, decoding - 1);
        Assert.Equal("parts[1].data", Assert.Throws<DocumentRejectedException>(() => tooLittle.Prepare(Document(1), CancellationToken.None)).Field);
    }

    [Fact]
    public void What_is_no_picture_is_left_to_the_decoder()
    {
        using var preparer = new BoundedPreparer(model, 1, 1000, 1);
        var document = new InterleavedDocument { Id = "x", Parts = [new ImagePart(new InlineImage(new byte[] { 1, 2, 3 }))] };
        using var taken = preparer.Prepare(document, CancellationToken.None);
        Assert.Equal(1, model.Prepared);
    }

    private static byte[] Png { get; } = ImageEncoder.EncodePng(new RgbImage(8, 8, new byte[8 * 8 * 3]));

    private static InterleavedDocument Document(int pictures) => new()
    {
        Id = "x",
        Parts = [new TextPart("words"), .. Enumerable.Repeat(new ImagePart(new InlineImage(Png, "image/png")), pictures)],
    };
}
