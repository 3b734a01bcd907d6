using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

/// <summary>A folder without a store, and what is said of where there are some.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-store-").FullName;

    [Fact]
    public void Each_store_of_the_demo_is_named_that_there_is()
    {
        Assert.DoesNotContain("./run", Refusal(), StringComparison.Ordinal);
        MakeDemo(nodes: 3);
        Assert.EndsWith($" makes one. That of ./run --nodes is --data {DemoFolder(3)}.", Refusal(), StringComparison.Ordinal);
        MakeDemo(nodes: 0);
        Assert.EndsWith($" makes one. That of ./run is --data {DemoFolder(0)}. That of ./run --nodes is --data {DemoFolder(3)}.", Refusal(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string DemoFolder(int nodes) => Path.Combine(folder, nodes == 0 ? "alone" : "several");

    private void MakeDemo(int nodes) => Directory.CreateDirectory(Path.Combine(DemoFolder(nodes), "pg", "cluster"));

    private string Refusal() => Assert.Throws<UsageException>(() => StoreCommand.CheckThere(StoreCommand.Options("", Path.Combine(folder, "none")), DemoFolder)).Message;
}
