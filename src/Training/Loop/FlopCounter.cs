using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// Floating-point operations of a training step from the model's shapes: 2 for each multiplication of a matrix product, once forward, once for the
/// derivative by its input and once for that by its weights, as far as they are wanted; norms, activations, softmax and the optimiser are left out,
/// and causal attention counts the half that is needed.
/// </summary>
internal sealed class FlopCounter(ModelConfig config, LearningParts learning)
{
    private readonly double patches = config.PatchesPerSide * config.PatchesPerSide;

    /// <summary>Of one token in the decoder, without attention's products of tokens with tokens.</summary>
    private readonly double token = 2.0 * config.LmBlocks * config.LmHiddenDim
        * (2.0 * config.LmHiddenDim + 2.0 * config.LmKeyValueHeads * config.LmHeadDim + 3.0 * config.LmInterDim);

    private readonly double vision = Vision(config);

    private readonly double projector = 2.0 * config.PatchesPerSide * config.PatchesPerSide * config.VitHiddenDim * config.LmHiddenDim;

    private readonly double logits = 2.0 * config.LmHiddenDim * config.LmVocabSize;

    public double Of(StepBatch batch) => batch.Decoded.Sum(Decoded) + batch.Regions.Sum(Region);

    private double Decoded(TrainingSequence sequence)
    {
        var learns = learning.From(sequence);
        double length = sequence.Tokens;

        // Scores and weighted sums, 2 d each for every pair of a token and one that it sees.
        var attention = config.LmBlocks * 4.0 * config.LmHiddenDim * length * (length + 1) / 2;
        var forward = token * length + attention + logits * sequence.Places.Length;

        // The derivative goes back to what stands before the decoder: image tokens and soft prompts.
        return forward * Ways(true, learns.Network) + 3 * 2.0 * learns.Factors.Decoder * length + sequence.Pictures * Picture(learns);
    }

    // The words of one image token share its logits.
    private double Region(TrainingSequence sequence)
    {
        var learns = learning.From(sequence);
        return sequence.Pictures * Picture(learns) + logits * sequence.Places.Distinct().Count() * Ways(true, learns.Network);
    }

    private double Picture(LearningParts learns)
    {
        var sees = learns.Vision || learns.Factors.Vision > 0;
        return vision * Ways(sees, learns.Vision)
            + projector * Ways(sees || learns.Factors.Projector > 0, learns.Network)
            + 3 * 2.0 * (learns.Factors.Vision * patches + learns.Factors.Projector * (double)config.ImageTokens);
    }

    /// <param name="isGoneBack">Something learns here or before.</param>
    /// <param name="network">The matrices themselves learn.</param>
    private static int Ways(bool isGoneBack, bool network) => 1 + (isGoneBack ? 1 : 0) + (network ? 1 : 0);

    private static double Vision(ModelConfig config)
    {
        double patches = config.PatchesPerSide * config.PatchesPerSide, width = config.VitHiddenDim;
        var embedding = 2 * patches * 3 * config.VitPatchSize * config.VitPatchSize * width;
        var block = patches * (2 * (4 * width * width + 2 * width * config.VitInterDim) + 4 * patches * width);
        return embedding + config.VitBlocks * block;
    }
}
