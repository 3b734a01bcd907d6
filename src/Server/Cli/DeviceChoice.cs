using System.CommandLine;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>--device</c>: the CPU stands in for a GPU on a machine without one.</summary>
internal static class DeviceChoice
{
    private const string Cpu = "cpu";
    private const string None = "none";

    public static Option<string> CreateOption() => Setting.Text("--device", "UVLM_DEVICE", Cpu, "Where the model runs: cpu or cuda:N. Without any GPU it runs on the CPU");

    /// <summary>For nodes, which may have several or none.</summary>
    public static Option<string> CreateOptionOfSeveral() => Setting.Text("--device", "UVLM_DEVICE", Cpu,
        "Where the model runs: cpu or cuda:N, or several of them separated by commas, with the whole model on each. Without any GPU it runs on the CPU. none: on nodes with the role encode only, for 'uvlm serve'");

    /// <summary>The devices to use, none where that is said. All that is said of GPUs where there is none comes to the CPU once.</summary>
    /// <exception cref="UsageException">No name of a device, a GPU beyond those there are, or one twice.</exception>
    public static IReadOnlyList<string> Several(string wanted)
    {
        if (wanted == None)
            return [];
        var chosen = new List<string>();
        var hasFallenBack = false;
        foreach (var name in wanted.Split(',', StringSplitOptions.TrimEntries))
        {
            var device = Of(name);
            hasFallenBack |= device != name;
            if (!chosen.Contains(device) || (device == Cpu && !hasFallenBack))
                chosen.Add(device);
            else if (device != Cpu)
                throw new UsageException($"--device: {device} is named twice: its second model would only take memory from the first.");
        }

        return chosen;
    }

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
