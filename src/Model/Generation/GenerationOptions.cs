using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Generation;

/// <summary>Every knob of the generator, with its unit.</summary>
public sealed record GenerationOptions
{
    /// <summary>
    /// Bytes of keys and values, of texts under way and of beginnings kept for sharing; a context of the model is always given. Texts beyond it wait.
    /// Memory is taken as it is first needed, and kept.
    /// </summary>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>Tokens that the cache holds for a model.</summary>
    internal int CacheTokens(ModelConfig config, ScalarType type) => (int)Math.Clamp(CacheBytes / KeyValuePool.TokenBytes(config, type), config.LmMaxPositions, int.MaxValue / 2);
}
