using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>A chunk through the network, with or without recording gradients as the caller has set it. Tensors go to the caller's scope.</summary>
internal sealed class ChunkPass(UnifiedModel model)
{
    /// <summary>The summary vectors of a chunk's sequences, [n,D].</summary>
    public Tensor Summaries(Chunk chunk)
    {
        var (hidden, layout) = Hidden(chunk);
        var last = new long[chunk.Sequences.Count];
        for (var s = 0; s < last.Length; s++)
            last[s] = layout.Starts[s] + chunk.Sequences[s].Pass.SummaryEnd - 1;
        return model.Head.forward(hidden.index_select(0, tensor(last, device: hidden.device)));
    }

    /// <summary>The sum of -log p over the tokens to be predicted, a single number. Logits are computed for those alone.</summary>
    public Tensor TokenLoss(Chunk chunk)
    {
        var (hidden, layout) = Hidden(chunk);
        var places = chunk.Sequences.SelectMany((sequence, s) => sequence.Places.Select(place => (long)layout.Starts[s] + place)).ToArray();
        var targets = chunk.Sequences.SelectMany(static sequence => sequence.Targets).ToArray();

        // [N,d] -> [T,d] -> [T,V]
        var logits = model.Network.Logits(hidden.index_select(0, tensor(places, device: hidden.device)));
        return nn.functional.cross_entropy(logits, tensor(targets, device: hidden.device), reduction: Reduction.Sum);
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
