using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public partial class Tensor
{
    /// <summary>The sizes of all dimensions: a fresh array at every call.</summary>
    public long[] shape
    {
        get
        {
            var sizes = new long[NativeMethods.uvlm_dim(this)];
            NativeMethods.uvlm_shape(this, sizes);
            return sizes;
        }
    }

    public long dim() => NativeMethods.uvlm_dim(this);

    public long ndim => NativeMethods.uvlm_dim(this);

    public long[] size() => shape;

    /// <summary>The size of one dimension; negative counts from the last. Allocates nothing.</summary>
    public long size(long dim)
    {
        NativeMethods.Check(NativeMethods.uvlm_size(this, dim, out var value));
        return value;
    }

    public long numel() => NativeMethods.uvlm_numel(this);

    public long NumberOfElements => NativeMethods.uvlm_numel(this);

    public long[] stride()
    {
        var strides = new long[NativeMethods.uvlm_dim(this)];
        NativeMethods.uvlm_strides(this, strides);
        return strides;
    }

    public ScalarType dtype => (ScalarType)NativeMethods.uvlm_dtype(this);

    public Device device
    {
        get
        {
            var type = (DeviceType)NativeMethods.uvlm_device_type(this);
            return type == DeviceType.CPU ? torch.CPU : new Device(type, NativeMethods.uvlm_device_index(this));
        }
    }

    public bool is_contiguous() => NativeMethods.uvlm_is_contiguous(this) != 0;

    public bool is_floating_point() => ScalarTypes.IsFloatingPoint(dtype);

    /// <summary>Bytes of one element.</summary>
    public long element_size() => NativeMethods.uvlm_element_size(this);

    public override string ToString() =>
        handle == 0 ? "disposed tensor" : $"[{string.Join(", ", shape)}], {dtype}, {device}{(requires_grad ? ", requires_grad" : "")}";
}
