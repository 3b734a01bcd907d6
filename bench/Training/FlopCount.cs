using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Bench.Training;

/// <summary>Floating-point operations, two for a multiply-add, of the matrix products and attention alone; causal attention as half of full.</summary>
internal static class FlopCount
{
    public static double Of(ModelConfig config, TrainingBatch batch, bool isStep)
    {
        var forward = Decoder(config, batch) + Pictures(config, batch.Lengths.Length);

        // Two products backward for each forward; pixels need no gradient.
        return isStep ? 3 * forward - Patches(config, batch.Lengths.Length) : forward;
    }

    private static double Decoder(ModelConfig c, TrainingBatch batch)
    {
        var projections = (c.LmHeads + 2.0 * c.LmKeyValueHeads) * c.LmHeadDim + c.LmHiddenDim + 3.0 * c.LmInterDim;
        var blocks = 2.0 * c.LmBlocks * c.LmHiddenDim * (batch.Tokens * projections + batch.Lengths.Sum(static l => (double)l * l));
        return blocks + 2.0 * batch.Rows.Length * c.LmHiddenDim * c.LmVocabSize;
    }

    private static double Pictures(ModelConfig c, int count)
    {
        double patches = c.PatchesPerSide * c.PatchesPerSide, width = c.VitHiddenDim;
        var blocks = c.VitBlocks * (2 * patches * width * (4 * width + 2.0 * c.VitInterDim) + 4 * patches * patches * width);
        return count * (blocks + 2 * patches * width * c.LmHiddenDim) + Patches(c, count);
    }

    private static double Patches(ModelConfig c, int count) => 6.0 * count * c.VitImageSize * c.VitImageSize * c.VitHiddenDim;
}
