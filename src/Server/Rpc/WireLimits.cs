using UnifiedVlm.Model;

namespace UnifiedVlm.Server.Rpc;

/// <summary>What a model takes: beyond it a kernel would read where nothing is.</summary>
/// <param name="Vocabulary">Token ids are below it.</param>
/// <param name="ContextTokens">Of one window.</param>
/// <param name="PictureValues">Of one picture.</param>
/// <param name="ImageToken">The id that stands where a picture does.</param>
/// <param name="ImageTokens">So often for each picture.</param>
internal sealed record WireLimits(int Vocabulary, int ContextTokens, int PictureValues, int ImageToken, int ImageTokens)
{
    public static WireLimits Of(ModelParts model)
    {
        var config = model.Config;
        return new(config.LmVocabSize, config.LmMaxPositions, 3 * config.VitImageSize * config.VitImageSize, model.Format.ImageToken, config.ImageTokens);
    }
}
