using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>Floating-point operations of encoding, two for a multiply-add, of the matrix products and attention alone: norms and activations are not counted.</summary>
internal sealed class FlopCount(ModelConfig config)
{
    private readonly double perToken = 2.0 * config.LmBlocks * config.LmHiddenDim
        * ((config.LmHeads + (2.0 * config.LmKeyValueHeads)) * config.LmHeadDim + config.LmHiddenDim + 3.0 * config.LmInterDim);

    // Causal: half of the square, for scores and for values.
    private readonly double perTokenSquared = 2.0 * config.LmBlocks * config.LmHiddenDim;

    private readonly double perPicture = PerPicture(config);

    public double Of(PreparedDocument document)
        => document.Windows.Sum(w => (perToken * w.TokenIds.Length) + (perTokenSquared * w.TokenIds.Length * w.TokenIds.Length) + (perPicture * w.ImageCount));

    private static double PerPicture(ModelConfig c)
    {
        double patches = c.PatchesPerSide * c.PatchesPerSide, width = c.VitHiddenDim;
        var blocks = c.VitBlocks * ((2 * patches * width * ((4 * width) + (2.0 * c.VitInterDim))) + (4 * patches * patches * width));
        var embedding = 2 * patches * 3 * c.VitPatchSize * c.VitPatchSize * width;
        var projection = 2 * patches * width * c.LmHiddenDim;
        return blocks + embedding + projection;
    }
}
