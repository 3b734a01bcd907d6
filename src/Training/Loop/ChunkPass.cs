using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>A chunk through the network, with or without recording gradients as the caller has set it. Tensors go to the caller's scope.</summary>
/// <param name="precision">Float32 or Bfloat16.</param>
/// <param name="encodingAdapter">In force for sequences with a summary, the base for all others; null where both are computed alike.</param>
internal sealed class ChunkPass(UnifiedModel model, Precision precision, LoraAdapter? encodingAdapter = null)
{
    /// <summary>The summary vectors of a chunk's sequences, [n,D].</summary>
    public Tensor Summaries(Chunk chunk) => Summaries(chunk, withTokens: false).Vectors;

    /// <summary>The same, and where wanted the sum of -log p over the tokens to be predicted after the summaries; null where there are none.</summary>
    public (Tensor Vectors, Tensor? TokenLoss) Summaries(Chunk chunk, bool withTokens)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        using var adapted = Adapted(chunk);
        var (hidden, layout) = Hidden(chunk);
        var last = new long[chunk.Sequences.Count];
        for (var s = 0; s < last.Length; s++)
            last[s] = layout.Starts[s] + chunk.Sequences[s].Pass.SummaryEnd - 1;
        var vectors = model.Head.forward(hidden.index_select(0, tensor(last, device: hidden.device)));
        if (!withTokens || chunk.Sequences.All(static s => s.Places.Length == 0))
            return (vectors, null);
        var (logits, targets) = Predictions(chunk, hidden, layout);
        return (vectors, nn.functional.cross_entropy(logits, targets, reduction: Reduction.Sum));
    }

    /// <summary>The vectors of the parts of a chunk's sequences, one sequence after another, [r,D].</summary>
    public Tensor Parts(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        using var adapted = Adapted(chunk);
        var (hidden, layout) = Hidden(chunk);
        var states = SequenceStates.Gather(hidden, [.. chunk.Pass.Select(static s => s.Window)], layout, model.Network.Config.ImageTokens, model.Settings.ImageState);

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

    /// <summary>The sum of -log p over the tokens to be predicted, each times its sequence's token weight; a single number.</summary>
    public Tensor TokenLoss(Chunk chunk)
    {
        var (logits, targets) = Predictions(chunk);
        if (chunk.Sequences.All(static s => s.TokenWeight.Equals(1.0)))
            return nn.functional.cross_entropy(logits, targets, reduction: Reduction.Sum);
        var weights = chunk.Sequences.SelectMany(static s => Enumerable.Repeat((float)s.TokenWeight, s.Places.Length)).ToArray();
        return (nn.functional.cross_entropy(logits, targets, reduction: Reduction.None) * tensor(weights, device: logits.device)).sum();
    }

    /// <summary>The sum of -log p over the words that image tokens are to predict, a single number; the decoder's layers have no part in it.</summary>
    public Tensor RegionLoss(Chunk chunk)
    {
        var (logProbabilities, words, _) = RegionPredictions(chunk);
        return -logProbabilities.flatten().index_select(0, words).sum();
    }

    /// <summary>
    /// Log-probabilities of the words of every image token that has some, [c,V]; for each word to be predicted its position in them as a flat
    /// list, [T]; and its row, T numbers.
    /// </summary>
    public (Tensor LogProbabilities, Tensor Words, int[] Rows) RegionPredictions(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        using var adapted = Adapted(chunk);
        var tokens = Pictures(chunk)!;
        var (perPicture, vocabulary) = (tokens.size(1), (long)model.Network.Config.LmVocabSize);
        var (cells, rows, words) = (new List<long>(), new List<int>(), new List<long>());
        foreach (var (sequence, s) in chunk.Sequences.Select(static (sequence, s) => (sequence, s)))
        {
            for (var i = 0; i < sequence.Places.Length; i++)
            {
                var cell = s * perPicture + sequence.Places[i];
                if (cells.Count == 0 || cells[^1] != cell)
                    cells.Add(cell);
                rows.Add(cells.Count - 1);
                words.Add((cells.Count - 1) * vocabulary + sequence.Targets[i]);
            }
        }

        // [n,I,d] -> [n I,d] -> [c,d] -> [c,V]
        var shown = tokens.flatten(0, 1).index_select(0, tensor(cells.ToArray(), device: tokens.device));
        return (model.Network.Logits(shown).to(float32).log_softmax(1), tensor(words.ToArray(), device: tokens.device), [.. rows]);
    }

    /// <summary>The logits where a token is to be predicted, [T,V], and those tokens, [T]. Elsewhere none are computed.</summary>
    public (Tensor Logits, Tensor Targets) Predictions(Chunk chunk)
    {
        using var mixed = autocast(enabled: precision == Precision.Bfloat16);
        using var adapted = Adapted(chunk);
        var (hidden, layout) = Hidden(chunk);
        return Predictions(chunk, hidden, layout);
    }

    private (Tensor Logits, Tensor Targets) Predictions(Chunk chunk, Tensor hidden, SequenceLayout layout)
    {
        var places = chunk.Sequences.SelectMany((sequence, s) => sequence.Places.Select(place => (long)layout.Starts[s] + place)).ToArray();
        var targets = chunk.Sequences.SelectMany(static sequence => sequence.Targets).ToArray();

        // [N,d] -> [T,d] -> [T,V]
        var logits = model.Network.Logits(hidden.index_select(0, tensor(places, device: hidden.device)));
        return (logits, tensor(targets, device: hidden.device));
    }

    private AdapterScope? Adapted(Chunk chunk) =>
        encodingAdapter is null ? null : AdapterScope.Enter(chunk.Sequences[0].HasSummary ? encodingAdapter : null);

    private (Tensor Hidden, SequenceLayout Layout) Hidden(Chunk chunk) =>
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
