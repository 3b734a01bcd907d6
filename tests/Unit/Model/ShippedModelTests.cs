using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Model;

/// <summary>What models/uvlm-tiny must be able to do for the program to make sense with it; docs and its card have the figures.</summary>
public sealed class ShippedModelTests : IDisposable
{
    private const long LargestFolder = 48_000_000;

    private static readonly (string Name, byte Red, byte Green, byte Blue)[] Grounds = [("yellow", 248, 222, 92), ("green", 120, 194, 112), ("blue", 104, 168, 232), ("white", 247, 247, 245)];

    private readonly UnifiedModel model = UnifiedModelLoader.Load(ModelFolder.UvlmTiny, TestDevice.Name);

    public void Dispose() => model.Dispose();

    [Fact]
    public void It_is_trained_and_small()
    {
        Assert.True(model.IsTrained);
        Assert.InRange(new DirectoryInfo(ModelFolder.UvlmTiny).EnumerateFiles().Sum(static file => file.Length), 1, LargestFolder);
    }

    [Fact]
    public void Words_find_the_picture_they_describe()
    {
        var pictures = Grounds.Select(ground => Encode(Picture(ground)).DocumentVector.ToArray()).ToArray();
        for (var i = 0; i < Grounds.Length; i++)
        {
            var words = Encode(Samples.Text($"a cat on a {Grounds[i].Name} background")).DocumentVector.ToArray();
            Assert.Equal(i, Nearest(words, pictures));
        }
    }

    [Fact]
    public void A_picture_finds_itself_within_a_document()
    {
        var within = Grounds.Select(ground => Encode(Samples.Text("The lighthouse stands at the harbour."), Picture(ground)).PartVector(1).ToArray()).ToArray();
        for (var i = 0; i < Grounds.Length; i++)
            Assert.Equal(i, Nearest(Encode(Picture(Grounds[i])).PartVector(0).ToArray(), within));
    }

    private SequenceEmbedding Encode(params DocumentPart[] parts)
    {
        using var prepared = model.Preparer.Prepare(Samples.Document(parts), CancellationToken.None);
        return model.Encoder.Encode([prepared], CancellationToken.None)[0];
    }

    private static ImagePart Picture((string Name, byte Red, byte Green, byte Blue) ground)
    {
        const int Side = 128;
        var pixels = new byte[3 * Side * Side];
        for (var i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (ground.Red, ground.Green, ground.Blue);
        return new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(Side, Side, pixels))));
    }

    private static int Nearest(float[] query, float[][] candidates) =>
        Enumerable.Range(0, candidates.Length).MaxBy(i => query.Zip(candidates[i]).Sum(static pair => pair.First * pair.Second));
}
