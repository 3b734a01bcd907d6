using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// Floating-point operations of a training step from the model's shapes: 2 for each multiplication of a matrix product, three times over for
/// forward and both backward products; norms, activations, softmax and the optimiser are left out, and causal attention counts the half that is needed.
/// </summary>
internal sealed class FlopCounter(ModelConfig config)
{
    private const double ForwardAndBackward = 3;

    /// <summary>Of one token in the decoder, without attention's products of tokens with tokens.</summary>
    private readonly double token = 2.0 * config.LmBlocks * config.LmHiddenDim
        * (2.0 * config.LmHiddenDim + 2.0 * config.LmKeyValueHeads * config.LmHeadDim + 3.0 * config.LmInterDim);

    private readonly double picture = Picture(config);

    private readonly double logits = 2.0 * config.LmHiddenDim * config.LmVocabSize;

    public double Of(StepBatch batch) => ForwardAndBackward * (batch.Decoded.Sum(Forward) + batch.Regions.Sum(Region));

    private double Forward(TrainingSequence sequence)
    {
        double length = sequence.Tokens;

        // Scores and weighted sums, 2 d each for every pair of a token and one that it sees.
        var attention = config.LmBlocks * 4.0 * config.LmHiddenDim * length * (length + 1) / 2;
        return token * length + attention + logits * sequence.Places.Length + picture * sequence.Pictures;
    }

    // The words of one image token share its logits.
    private double Region(TrainingSequence sequence) => picture * sequence.Pictures + logits * sequence.Places.Distinct().Count();

    private static double Picture(ModelConfig config)
    {
        double patches = config.PatchesPerSide * config.PatchesPerSide, width = config.VitHiddenDim;
        var embedding = 2 * patches * 3 * config.VitPatchSize * config.VitPatchSize * width;
        var block = patches * (2 * (4 * width * width + 2 * width * config.VitInterDim) + 4 * patches * width);
        var projection = 2 * patches * width * config.LmHiddenDim;
        return embedding + config.VitBlocks * block + projection;
    }
}
