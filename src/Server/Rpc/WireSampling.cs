using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>Sampling options as messages.</summary>
internal static class WireSampling
{
    public static Sampling Write(SamplingOptions options)
    {
        var written = new Sampling
        {
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            MinP = options.MinP,
            RepetitionPenalty = options.RepetitionPenalty,
            PresencePenalty = options.PresencePenalty,
            FrequencyPenalty = options.FrequencyPenalty,
            MaxTokens = options.MaxTokens,
            Seed = options.Seed,
        };
        if (options.Adapter is { } adapter)
            written.Adapter = adapter;
        return written;
    }

    public static SamplingOptions Read(Sampling sampling) => new()
    {
        Temperature = sampling.Temperature,
        TopK = sampling.TopK,
        TopP = sampling.TopP,
        MinP = sampling.MinP,
        RepetitionPenalty = sampling.RepetitionPenalty,
        PresencePenalty = sampling.PresencePenalty,
        FrequencyPenalty = sampling.FrequencyPenalty,
        MaxTokens = sampling.MaxTokens,
        Seed = sampling.Seed,
        Adapter = sampling.HasAdapter ? sampling.Adapter : null,
    };
}
