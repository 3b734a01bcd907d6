using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>What the demo's gateway and nodes are started with.</summary>
public sealed class LocalClusterTests
{
    /// <summary>A gateway asks nobody for a key or a name: a node that is told otherwise lets in whom the gateway's user keeps out, or keeps out everybody.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("none")]
    [InlineData("keys")]
    public async Task Gateway_and_nodes_are_told_the_same_of_who_may_call(string auth)
    {
        await using var cluster = new LocalCluster(null, "127.0.0.1:1", "/demo", "http://0.0.0.0:7077", ["--auth", auth], certificate: null, 2);
        Assert.Equal(auth, Value(cluster.GatewayArguments(), "--auth"));
        Assert.Equal(auth, Value(cluster.NodeArguments(0), "--auth"));
        Assert.Equal(auth, Value(cluster.NodeArguments(1), "--auth"));
    }

    [Fact]
    public async Task A_certificate_in_the_environment_is_the_gateways()
    {
        await using var cluster = new LocalCluster(null, "127.0.0.1:1", "/demo", "https://127.0.0.1:7077", ["--auth", ""], "/etc/node.pem", 2);
        Assert.DoesNotContain("--tls-certificate", cluster.GatewayArguments());
        Assert.Equal("", Value(cluster.NodeArguments(0), "--tls-certificate"));
        Assert.Equal("", Value(cluster.NodeArguments(0), "--tls-key"));
    }

    [Fact]
    public async Task Without_TLS_a_certificate_in_the_environment_is_nobodys()
    {
        await using var cluster = new LocalCluster(null, "127.0.0.1:1", "/demo", "http://127.0.0.1:7077", ["--auth", ""], certificate: null, 2);
        Assert.Equal("", Value(cluster.GatewayArguments(), "--tls-certificate"));
        Assert.Equal("", Value(cluster.GatewayArguments(), "--tls-key"));
    }

    private static string Value(string[] arguments, string option)
        => Assert.Single(arguments.Zip(arguments.Skip(1)), pair => pair.First == option).Second;
}
