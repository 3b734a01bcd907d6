using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>A chunk through the network, with or without recording gradients as the caller has set it. Tensors go to the caller's scope.</summary>
/// <param name="precision">Float32 or Bfloat16.</param>
internal sealed class ChunkPass(UnifiedModel model, Precision precision)
{
    /// <summary>The summary vectors of a chunk's sequences, [n,D].</summary>
    public Tensor Summaries(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        var (hidden, layout) = Hidden(chunk);
        var last = new long[chunk.Sequences.Count];
        for (var s = 0; s < last.Length; s++)
            last[s] = layout.Starts[s] + chunk.Sequences[s].Pass.SummaryEnd - 1;
        return model.Head.forward(hidden.index_select(0, tensor(last, device: hidden.device)));
    }

    /// <summary>The vectors of the parts of a chunk's sequences, one sequence after another, [r,D].</summary>
    public Tensor Parts(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        var (hidden, layout) = Hidden(chunk);
        var states = SequenceStates.Gather(hidden, [.. chunk.Pass.Select(static s => s.Window)], layout, model.Network.Config.ImageTokens);

        // Each sequence's parts without the summary after them.
        var rows = new List<long>();
        var first = 0L;
        foreach (var sequence in chunk.Sequences)
        {
            for (var i = 0; i < sequence.Parts; i++)
                rows.Add(first + i);
            first += sequence.Parts + 1;
        }

        return model.Head.forward(states.index_select(0, tensor(rows.ToArray(), device: states.device)));
    }

    /// <summary>The sum of -log p over the tokens to be predicted, a single number.</summary>
    public Tensor TokenLoss(Chunk chunk)
    {
        var (logits, targets) = Predictions(chunk);
        return nn.functional.cross_entropy(logits, targets, reduction: Reduction.Sum);
    }

    /// <summary>The logits where a token is to be predicted, [T,V], and those tokens, [T]. Elsewhere none are computed.</summary>
    public (Tensor Logits, Tensor Targets) Predictions(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        var (hidden, layout) = Hidden(chunk);
        var places = chunk.Sequences.SelectMany((sequence, s) => sequence.Places.Select(place => (long)layout.Starts[s] + place)).ToArray();
        var targets = chunk.Sequences.SelectMany(static sequence => sequence.Targets).ToArray();

        // [N,d] -> [T,d] -> [T,V]
        var logits = model.Network.Logits(hidden.index_select(0, tensor(places, device: hidden.device)));
        return (logits, tensor(targets, device: hidden.device));
    }

    private (Tensor Hidden, Model.Decoder.SequenceLayout Layout) Hidden(Chunk chunk) =>
        SequenceStates.Hidden(model.Network, model.Head, model.Format.ImageToken, chunk.Pass, Pictures(chunk));

    /// <summary>The image tokens of the chunk's pictures, [n,I,d]; null without pictures.</summary>
    private Tensor? Pictures(Chunk chunk)
    {
        var count = chunk.Sequences.Sum(static s => s.Pictures);
        if (count == 0)
            return null;
        var side = model.Network.Config.VitImageSize;
        var pixels = empty([count, 3, side, side], float32);
        var filled = pixels.span<float>();
        foreach (var sequence in chunk.Sequences)
        {
            var own = sequence.Pass.Window.Pixels;
            own.CopyTo(filled);
            filled = filled[own.Length..];
        }

        return model.Network.Project(model.Network.EncodePictures(pixels.to(model.Network.Device)));
    }
}
