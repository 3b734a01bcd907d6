using System.CommandLine;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

/// <summary>What a node is told of itself and the others.</summary>
public sealed class ClusterSettingsTests
{
    [Fact]
    public void Unless_told_a_node_does_all_that_works_under_a_name_of_its_own()
    {
        var (first, second) = (Read(), Read());
        Assert.Equal(NodeRoles.Ingest | NodeRoles.Encode | NodeRoles.Query, first.Roles);
        Assert.NotEqual(first.Name, second.Name);
        Assert.StartsWith(Environment.MachineName, first.Name, StringComparison.Ordinal);
        Assert.Equal((null, TimeSpan.FromSeconds(30)), (first.Advertise, first.Drain));
    }

    [Fact]
    public void Any_mix_of_roles_is_taken()
    {
        Assert.Equal(NodeRoles.Gateway, Read("--roles", "gateway").Roles);
        Assert.Equal(NodeRoles.Gateway | NodeRoles.Query, Read("--roles", " Query, gateway,").Roles);
        Assert.False(Read("--roles", "gateway").Works);
        Assert.True(Read("--roles", "gateway,encode").Works);
    }

    [Theory]
    [InlineData("--roles", "reader")]
    [InlineData("--roles", "none")]
    [InlineData("--roles", "4")]
    [InlineData("--roles", " , ")]
    [InlineData("--node-name", "two words")]
    [InlineData("--node-name", "a/b")]
    [InlineData("--node-name", "node-1\n")]
    [InlineData("--advertise", "node:7077")]
    [InlineData("--advertise", "ftp://node")]
    [InlineData("--advertise", "http://node:7077/api")]
    [InlineData("--advertise", "http://0.0.0.0:7077")]
    [InlineData("--advertise", "http://[::]:7077")]
    [InlineData("--advertise", "http://127.0.0.1:0")]
    public void What_can_not_be_is_refused_by_its_option(string option, string value)
        => Assert.Contains(option, Assert.Throws<UsageException>(() => Read(option, value)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://0.0.0.0:7077")]
    [InlineData("http://*:7077")]
    [InlineData("http://[::]:7077")]
    [InlineData("http://unix:/run/uvlm.sock")]
    public void In_a_cluster_a_node_says_where_it_is_reached(string url)
    {
        string[] roles = ["--url", url, "--auth", "none", "--roles", "query"];
        Assert.Contains("--advertise", Assert.Throws<UsageException>(() => Read(roles)).Message, StringComparison.Ordinal);
        Assert.Equal(new Uri("http://node-1:7077"), Read([.. roles, "--advertise", "http://node-1:7077"]).Advertise);

        // Alone it is nobody's to reach, and so is a gateway.
        Assert.Null(Read("--url", url, "--auth", "none").Advertise);
        Assert.Null(Read("--url", url, "--auth", "none", "--roles", "gateway").Advertise);
    }

    [Fact]
    public void The_first_address_that_names_a_host_and_a_port_is_where_others_reach_it()
    {
        Assert.Equal(new Uri("http://127.0.0.1:41000"), AdvertisedAddress.From(["http://127.0.0.1:0", "http://127.0.0.1:41000"]));
        Assert.Equal(new Uri("https://node-1:7077"), AdvertisedAddress.From(["http://*:7077", "https://node-1:7077", "http://node-2:7077"]));
        Assert.Equal(new Uri("http://[::1]:7077"), AdvertisedAddress.From(["http://[::1]:7077"]));
        Assert.Null(AdvertisedAddress.From(["http://+:7077", "http://unix:/run/uvlm.sock"]));
    }

    private static ClusterOptions Read(params string[] arguments)
    {
        var (settings, http) = (new ClusterSettings(), new HttpSettings());
        var command = new Command("test");
        settings.AddTo(command);
        http.AddTo(command);
        var result = command.Parse(arguments);
        Assert.Empty(result.Errors);
        return settings.Read(result, http.Read(result));
    }
}
