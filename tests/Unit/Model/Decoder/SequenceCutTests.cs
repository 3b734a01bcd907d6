using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Decoder;

public sealed class SequenceCutTests : IDisposable
{
    private const int First = 5;
    private const int Length = 9;

    // The second of two sequences: content [0,4), prompt [4,6), caption [6,9).
    private static readonly SequenceCut Cut = new(4, 6);

    private readonly ModelFolder folder = new();
    private readonly VisionLanguageModel shallow;

    public SequenceCutTests() => shallow = OnDevice(ModelConfig.Load(folder.Folder) with { LmBlocks = 1 });

    public void Dispose()
    {
        shallow.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_cut_that_hides_nothing_changes_nothing()
    {
        var open = Hidden(shallow, SequenceLayout.Of([First, Length], [null, new SequenceCut(0, 6)]), Rows());
        var plain = Hidden(shallow, SequenceLayout.Of(First, Length), Rows());
        for (var i = 0; i < plain.Length; i++)
            Assert.Equal(plain[i], open[i], 1e-5f);
    }

    [Fact]
    public void Later_tokens_see_the_prompt_and_not_the_content()
    {
        var layout = SequenceLayout.Of([First, Length], [null, Cut]);
        var before = Hidden(shallow, layout, Rows());
        var otherContent = Hidden(shallow, layout, Rows(changed: First + 2));
        var otherPrompt = Hidden(shallow, layout, Rows(changed: First + 5));

        Assert.Equal(Row(before, First + 8), Row(otherContent, First + 8));
        Assert.NotEqual(Row(before, First + 5), Row(otherContent, First + 5));
        Assert.NotEqual(Row(before, First + 8), Row(otherPrompt, First + 8));
        Assert.Equal(before[..(First * 32)], otherContent[..(First * 32)]);
    }

    [Fact]
    public void Gradients_stop_at_the_cut()
    {
        using var scope = NewDisposeScope();
        var x = tensor(Rows(), [First + Length, 32], device: TestDevice.Name).requires_grad_();
        shallow.Hidden(x, SequenceLayout.Of([First, Length], [null, Cut])).narrow(0, First + 6, 3).square().sum().backward();
        var sizes = x.grad!.square().sum(1).data<float>();
        Assert.All(Enumerable.Range(0, First + 4), row => Assert.Equal(0, sizes[row]));
        Assert.All(Enumerable.Range(First + 4, 5), row => Assert.True(sizes[row] > 0));
    }

    [Fact]
    public void Through_layers_the_content_is_heard_by_way_of_the_prompt()
    {
        using var deep = OnDevice(ModelConfig.Load(folder.Folder));
        var layout = SequenceLayout.Of([First, Length], [null, Cut]);
        Assert.NotEqual(Row(Hidden(deep, layout, Rows()), First + 8), Row(Hidden(deep, layout, Rows(changed: First + 2)), First + 8));
    }

    [Theory]
    [InlineData(7, 6)]
    [InlineData(0, 9)]
    [InlineData(-1, 3)]
    public void A_cut_outside_its_sequence_is_refused(int visibleFrom, int start) =>
        Assert.Throws<ArgumentException>(() => SequenceLayout.Of([Length], [new SequenceCut(visibleFrom, start)]));

    private static VisionLanguageModel OnDevice(ModelConfig config)
    {
        var model = SeededWeights.Create(config, 1);
        model.to((Device)TestDevice.Name);
        return model;
    }

    private static float[] Rows(int changed = -1)
    {
        var random = new Random(1);
        var rows = new float[(First + Length) * 32];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = random.NextSingle() - 0.5f + (i / 32 == changed ? 0.1f * (i % 3) : 0);
        return rows;
    }

    private static float[] Row(float[] rows, int row) => rows[(row * 32)..((row + 1) * 32)];

    private static float[] Hidden(VisionLanguageModel model, SequenceLayout layout, float[] rows)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        return model.Hidden(tensor(rows, [First + Length, 32], device: TestDevice.Name), layout).contiguous().data<float>();
    }
}
