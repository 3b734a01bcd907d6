using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device;

/// <summary>The weights of one device in their two uses. Made, used and disposed on the device's thread alone.</summary>
/// <param name="Encoder">Encodes batches.</param>
/// <param name="Generator">Continues prompts.</param>
/// <param name="Weights">Disposed when the device stops or loads anew; null when someone else owns them.</param>
public sealed record DeviceModel(ISequenceEncoder Encoder, ITextGenerator Generator, IDisposable? Weights = null) : IDisposable
{
    /// <summary>A model that the device owns from now on.</summary>
    public static DeviceModel Own(IUnifiedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new DeviceModel(model.Encoder, model.Generator, model);
    }

    public void Dispose() => Weights?.Dispose();
}
