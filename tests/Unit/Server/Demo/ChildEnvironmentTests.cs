using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>The demo's processes, started where variables are meant for a real node.</summary>
public sealed class ChildEnvironmentTests
{
    [Fact]
    public void No_database_topic_folder_or_role_comes_from_outside()
    {
        var environment = new Dictionary<string, string?>
        {
            ["UVLM_DATABASE"] = "Host=db;Password=secret",
            ["UVLM_DATA"] = "/srv/uvlm",
            ["UVLM_ROLES"] = "query",
            ["UVLM_NODE_NAME"] = "a",
            ["UVLM_GROUP"] = "production",
            ["UVLM_WATCH"] = "/srv/in",
            ["UVLM_EVENTS_TOPIC"] = "events",
            ["UVLM_KAFKA_SETTINGS"] = "sasl.password=secret",
            ["UVLM_RPC_SECRET"] = "secret",
            ["UVLM_CORS_ORIGINS"] = "https://app.example.org",
            ["UVLM_TLS_CERTIFICATE"] = "/etc/node.pem",
            ["UVLM_TLS_KEY"] = "/etc/node.key",
            ["UVLM_TLS_KEY_PASSWORD"] = "@/etc/password",
            ["UVLM_MODEL"] = "/srv/model",
            ["UVLM_THREADS"] = "2",
            ["HOME"] = "/root",
            ["PATH"] = "/usr/bin",
        };
        ChildEnvironment.Clean(environment);
        Assert.Equal(
            ["HOME", "PATH", "UVLM_CORS_ORIGINS", "UVLM_MODEL", "UVLM_THREADS", "UVLM_TLS_CERTIFICATE", "UVLM_TLS_KEY", "UVLM_TLS_KEY_PASSWORD"],
            environment.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_kept_are_settings_of_a_node()
    {
        var described = ServeCommand.Create().Options.Select(static option => option.Description ?? "").ToList();
        Assert.All(
            ChildEnvironment.Kept.Where(static name => name != "UVLM_NATIVE_DIR"),
            name => Assert.Contains(described, text => text.Contains($"[env: {name}]", StringComparison.Ordinal)));
    }
}
