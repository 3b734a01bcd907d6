using System.CommandLine;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

/// <summary>What a node is told about its clients, and which combinations it does not start with.</summary>
public sealed class HttpSettingsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7077")]
    [InlineData("http://127.8.9.1:7077")]
    [InlineData("http://localhost:0")]
    [InlineData("http://[::1]:7077")]
    [InlineData("http://unix:/run/uvlm.sock")]
    [InlineData("http://127.0.0.1:1;http://[::1]:1")]
    public void On_this_machine_alone_no_key_is_needed_unless_it_is_said(string url)
    {
        Assert.Equal((true, AuthMode.None), Of("--url", url));
        Assert.Equal((true, AuthMode.Keys), Of("--url", url, "--auth", "keys"));
    }

    [Theory]
    [InlineData("http://0.0.0.0:7077")]
    [InlineData("http://*:7077")]
    [InlineData("http://+:7077")]
    [InlineData("http://[::]:7077")]
    [InlineData("http://192.168.1.4:7077")]
    [InlineData("http://node.example.org:7077")]
    [InlineData("http://127.0.0.1.example.org:7077")]
    [InlineData("http://localhost.example.org:7077")]
    [InlineData("http://127.0.0.1:7077;http://0.0.0.0:7078")]
    public void Where_others_reach_the_node_it_has_to_be_said_who_may_call(string url)
    {
        var refused = Assert.Throws<UsageException>(() => Read("--url", url)).Message;
        Assert.Contains("--auth keys", refused, StringComparison.Ordinal);
        Assert.Contains("--auth none", refused, StringComparison.Ordinal);
        Assert.Equal((false, AuthMode.Keys), Of("--url", url, "--auth", "keys"));
        Assert.Equal((false, AuthMode.None), Of("--url", url, "--auth", "none"));
    }

    [Theory]
    [InlineData("--url", "--url", "127.0.0.1:7077")]
    [InlineData("--url", "--url", "ftp://127.0.0.1")]
    [InlineData("--url", "--url", "http://127.0.0.1:7077/api")]
    [InlineData("--url", "--url", ";")]
    [InlineData("--auth", "--auth", "yes")]
    [InlineData("--tls-certificate", "--url", "https://127.0.0.1:1")]
    [InlineData("--tls-certificate", "--tls-certificate", "c", "--tls-key", "k")]
    [InlineData("--tls-key", "--url", "https://127.0.0.1:1", "--tls-certificate", "c")]
    [InlineData("--tls-key", "--url", "https://127.0.0.1:1", "--tls-key", "k")]
    [InlineData("--cors-origin", "--cors-origin", "*")]
    [InlineData("--cors-origin", "--cors-origin", "app.example.org")]
    [InlineData("--cors-origin", "--cors-origin", "https://app.example.org/")]
    [InlineData("--cors-origin", "--cors-origin", "https://app.example.org:443")]
    [InlineData("--cors-origin", "--cors-origin", "https://user@app.example.org")]
    [InlineData("--cors-origin", "--cors-origin", "null")]
    public void What_can_not_be_is_refused_by_the_option_that_is_wrong(string option, params string[] arguments)
        => Assert.Contains(option, Assert.Throws<UsageException>(() => Read(arguments)).Message, StringComparison.Ordinal);

    [Fact]
    public void Origins_and_limits_are_taken_as_given()
    {
        var options = Read("--cors-origin", "https://app.example.org", "--cors-origin", "http://localhost:3000", "--max-body-mb", "3", "--max-connections", "7");
        Assert.Equal(["https://app.example.org", "http://localhost:3000"], options.CorsOrigins);
        Assert.Equal((3L << 20, 7), (options.MaxBodyBytes, options.MaxConnections));
        Assert.Equal((64L << 20, null), (Read().MaxBodyBytes, Read().Certificate));
    }

    private static (bool IsLocal, AuthMode Auth) Of(params string[] arguments)
    {
        var options = Read(arguments);
        return (options.IsLocal, options.Auth);
    }

    private static HttpOptions Read(params string[] arguments)
    {
        var settings = new HttpSettings();
        var command = new Command("test");
        settings.AddTo(command);
        var result = command.Parse(arguments);
        Assert.Empty(result.Errors);
        return settings.Read(result);
    }
}
