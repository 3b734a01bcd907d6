namespace UnifiedVlm.Torch;

/// <summary>The kind of device that holds a tensor. The numbers are libtorch's own.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}
