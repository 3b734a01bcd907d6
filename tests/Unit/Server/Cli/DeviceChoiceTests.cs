using UnifiedVlm.Server.Cli;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

/// <summary>The devices of a node; what is said of GPUs is looked at where there is none.</summary>
public sealed class DeviceChoiceTests
{
    [Theory]
    [InlineData("none", "")]
    [InlineData("cpu", "cpu")]
    [InlineData("cpu, cpu", "cpu cpu")]
    [InlineData("cuda:0,cuda:1", "cpu")]
    [InlineData("cuda:0,cpu", "cpu")]
    public void What_is_said_of_GPUs_comes_to_the_CPU_once(string wanted, string chosen)
    {
        if (torch.cuda.device_count() == 0 || !wanted.Contains("cuda", StringComparison.Ordinal))
            Assert.Equal(chosen, string.Join(' ', DeviceChoice.Several(wanted)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu,")]
    [InlineData("none,cpu")]
    [InlineData("gpu")]
    public void What_is_no_device_is_refused(string wanted) => Assert.Contains("--device", Assert.Throws<UsageException>(() => DeviceChoice.Several(wanted)).Message, StringComparison.Ordinal);
}
