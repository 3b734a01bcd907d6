using System.CommandLine;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>--device</c>: the CPU stands in for a GPU on a machine without one.</summary>
internal static class DeviceChoice
{
    private const string Cpu = "cpu";

    public static Option<string> CreateOption() => Setting.Text("--device", "UVLM_DEVICE", Cpu, "Where the model runs: cpu or cuda:N. Without any GPU it runs on the CPU");

    /// <summary>The device to use; says so on standard error where it is another than the one asked for.</summary>
    /// <exception cref="UsageException">No name of a device, or a GPU beyond those there are.</exception>
    public static string Of(string wanted)
    {
        if (wanted == Cpu)
            return wanted;
        var device = Parse(wanted);
        var count = device.type == DeviceType.CUDA ? torch.cuda.device_count() : 0;
        if (device.type == DeviceType.CUDA && count == 0)
        {
            Console.Error.WriteLine($"uvlm: no GPU for --device {wanted}: there is none, or libtorch was built without CUDA; running on the CPU");
            return Cpu;
        }

        return device.index < count ? wanted : throw new UsageException($"--device: there is no {wanted}; the GPUs are cuda:0 to cuda:{count - 1}.");
    }

    private static Device Parse(string wanted)
    {
        try
        {
            return Device.Parse(wanted);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"--device: '{wanted}' is not a device; use cpu, cuda or cuda:N.");
        }
    }
}
