using UnifiedVlm.Model.Adapters;

namespace UnifiedVlm.Training.Loop;

/// <summary>How many numbers the factors of an adapter have beside the layers of each part of a model.</summary>
internal readonly record struct AdapterSize(long Vision, long Projector, long Decoder)
{
    private const string DecoderPrefix = "decoder.";
    private const string VisionPrefix = "vision_encoder.";

    public static AdapterSize Of(LoraAdapter adapter)
    {
        var numbers = adapter.named_parameters().ToLookup(
            static p => p.name.StartsWith(DecoderPrefix, StringComparison.Ordinal) ? DecoderPrefix : p.name.StartsWith(VisionPrefix, StringComparison.Ordinal) ? VisionPrefix : "",
            static p => p.parameter.numel());
        return new AdapterSize(numbers[VisionPrefix].Sum(), numbers[""].Sum(), numbers[DecoderPrefix].Sum());
    }
}
