using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>x [N, in, H, W] -> [N, out, H', W'].</summary>
public sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly long stride;
    private readonly long padding;
    private readonly long dilation;
    private readonly long groups;

    internal Conv2d(
        long inChannels, long outChannels, long kernelSize, long stride, long padding, long dilation, long groups, bool hasBias, Device? device, ScalarType? dtype)
    {
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
        var bound = 1 / Math.Sqrt(inChannels / groups * kernelSize * kernelSize);
        weight = register_parameter(
            "weight", new Parameter(empty([outChannels, inChannels / groups, kernelSize, kernelSize], dtype, device).uniform_(-bound, bound)));
        if (hasBias)
            bias = register_parameter("bias", new Parameter(empty([outChannels], dtype, device).uniform_(-bound, bound)));
    }

    /// <summary>[out, in / groups, kernel, kernel].</summary>
    public Parameter weight { get; }

    /// <summary>[out].</summary>
    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
}
