using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Tests.Unit.Actors.Queries;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Server;

/// <summary>Documents and prompts under one limit.</summary>
public sealed class BoundedPreparerTests
{
    private readonly FakeModel model = new();
    private readonly FakeBackend prompts = new();

    [Fact]
    public void More_pictures_than_there_is_memory_for_are_refused_before_any_is_decoded()
    {
        using var bounds = new PictureBounds(pictureBytes: 100, maxPixelBytes: 250, maxDecodeBytes: long.MaxValue);
        var preparer = new BoundedPreparer(model, bounds);
        using var taken = preparer.Prepare(Document(2), CancellationToken.None);
        var error = Assert.Throws<DocumentRejectedException>(() => preparer.Prepare(Document(3), CancellationToken.None));
        Assert.Equal("parts", error.Field);
        Assert.Contains("--memory-mb", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, model.Prepared);

        var builder = new BoundedPromptBuilder(prompts, bounds);
        Assert.Equal("messages", Assert.Throws<DocumentRejectedException>(() => builder.BuildChat([Turn(2), Turn(1)], 1, CancellationToken.None)).Field);
        Assert.Equal("parts", Assert.Throws<DocumentRejectedException>(() => builder.Build(Document(1), [Document(1), Document(1)], 1, CancellationToken.None)).Field);
        Assert.Null(prompts.LastTurns);
        Assert.Null(prompts.LastEvidence);
        using var chat = builder.BuildChat([Turn(1), Turn(1)], 1, CancellationToken.None);
        Assert.NotNull(prompts.LastTurns);
    }

    [Fact]
    public void A_picture_that_takes_too_much_to_decode_is_named()
    {
        var decoding = ImageDecoder.Probe(Png, ImageLimits.Default).DecodeBytes;
        using var enough = new PictureBounds(1, 1000, decoding);
        using var taken = new BoundedPreparer(model, enough).Prepare(Document(1), CancellationToken.None);
        using var prompt = new BoundedPromptBuilder(prompts, enough).BuildChat([Turn(1)], 1, CancellationToken.None);

        using var tooLittle = new PictureBounds(1, 1000, decoding - 1);
        var builder = new BoundedPromptBuilder(prompts, tooLittle);
        DocumentRejectedException[] refused =
        [
            Assert.Throws<DocumentRejectedException>(() => new BoundedPreparer(model, tooLittle).Prepare(Document(1), CancellationToken.None)),
            Assert.Throws<DocumentRejectedException>(() => builder.BuildChat([Turn(0), Turn(1)], 1, CancellationToken.None)),
            Assert.Throws<DocumentRejectedException>(() => builder.Build(Document(1), [], 1, CancellationToken.None)),
            Assert.Throws<DocumentRejectedException>(() => builder.Build(Document(0), [Document(0), Document(1)], null, 1, CancellationToken.None)),
        ];
        Assert.Equal(["parts[1].data", "messages[1].content[1].data", "parts[1].data", "evidence[1].parts[1].data"], refused.Select(static error => error.Field));
        Assert.Single(refused.Select(static error => error.Problem).Distinct());
    }

    [Fact]
    public void What_is_no_picture_is_left_to_the_decoder()
    {
        using var bounds = new PictureBounds(1, 1000, 1);
        using var taken = new BoundedPreparer(model, bounds).Prepare(Document(new byte[] { 1, 2, 3 }), CancellationToken.None);
        Assert.Equal(1, model.Prepared);
    }

    [Fact]
    public async Task Of_what_takes_much_one_is_decoded_at_a_time_whatever_it_is_for()
    {
        using var bounds = new PictureBounds(1, 1000, long.MaxValue);
        var builder = new BoundedPromptBuilder(prompts, bounds);
        var gate = new Gate();
        model.OnPrepare = _ => gate.Pass();
        var preparing = Task.Run(() => new BoundedPreparer(model, bounds).Prepare(Document(HugeWebP()), CancellationToken.None));
        await gate.Entered;

        // Waits, and not longer than its caller.
        Assert.Throws<OperationCanceledException>(() => builder.BuildChat([Turn(HugeWebP())], 1, new CancellationToken(canceled: true)));
        Assert.Null(prompts.LastTurns);
        using var light = builder.BuildChat([Turn(1)], 1, CancellationToken.None);
        gate.Open();
        using var prepared = await preparing;
        using var heavy = builder.BuildChat([Turn(HugeWebP())], 1, CancellationToken.None);
    }

    private static byte[] Png { get; } = ImageEncoder.EncodePng(new RgbImage(8, 8, new byte[8 * 8 * 3]));

    /// <summary>The header of a picture of 8,000 x 8,000, which would be held whole.</summary>
    private static byte[] HugeWebP()
    {
        var file = new byte[64];
        "RIFF"u8.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(4), 56);
        "WEBPVP8L"u8.CopyTo(file.AsSpan(8));
        BitConverter.TryWriteBytes(file.AsSpan(16), 44);
        file[20] = 0x2F;
        BitConverter.TryWriteBytes(file.AsSpan(21), 7999u | (7999u << 14));
        return file;
    }

    private static InterleavedDocument Document(int pictures) => new() { Id = "x", Parts = Parts(pictures) };

    private static InterleavedDocument Document(byte[] picture) => new() { Id = "x", Parts = [new ImagePart(new InlineImage(picture))] };

    /// <summary>The fields of turns are counted by their pictures: the second has one.</summary>
    private static ChatTurn Turn(int pictures) => new($"messages[{pictures}]", ChatRole.User, Parts(pictures));

    private static ChatTurn Turn(byte[] picture) => new("messages[0]", ChatRole.User, Document(picture).Parts);

    private static DocumentPart[] Parts(int pictures) => [new TextPart("words"), .. Enumerable.Repeat(new ImagePart(new InlineImage(Png, "image/png")), pictures)];
}
