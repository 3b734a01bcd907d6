namespace UnifiedVlm.Tests;

/// <summary>
/// Where tests of tensors, models and training compute: on the CPU, or on the GPU that <c>UVLM_TEST_DEVICE=cuda:0</c> names. What they expect is
/// the same.
/// </summary>
internal static class TestDevice
{
    public static string Name { get; } = Environment.GetEnvironmentVariable("UVLM_TEST_DEVICE") is { Length: > 0 } device ? device : "cpu";

    public static bool IsCpu => Name == "cpu";
}
