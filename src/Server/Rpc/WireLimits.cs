using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Server.Rpc;

/// <summary>What a model takes: beyond it a kernel would read where nothing is.</summary>
/// <param name="Vocabulary">Token ids are below it.</param>
/// <param name="ContextTokens">Of one window.</param>
/// <param name="PictureValues">Of one picture.</param>
internal sealed record WireLimits(int Vocabulary, int ContextTokens, int PictureValues)
{
    public static WireLimits Of(ModelConfig config) => new(config.LmVocabSize, config.LmMaxPositions, 3 * config.VitImageSize * config.VitImageSize);
}
