using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>No file of a deployment sets what the program does not know: it would be passed over in silence.</summary>
public sealed class SettingsTests
{
    /// <summary>Of the deployment itself: while an image is built, and compose's password.</summary>
    private static readonly string[] OwnNames = ["UVLM_TORCH_ROOT", "UVLM_POSTGRES_PASSWORD"];

    [Fact]
    public void Every_setting_that_a_file_names_is_one_of_serve()
    {
        string[] files =
        [
            "deploy/Dockerfile", "deploy/compose.yaml", "deploy/compose/.env.example", "docs/operations.md", "docs/deploy.md",
            .. Repository.Files("deploy/systemd", ".service", ".env"), .. Repository.Files("deploy/observe", ".yaml", ".json"), .. Repository.Files("deploy/helm", ".yaml", ".tpl", ".txt"),
        ];
        var unknown = files.SelectMany(file => KnownSettings.Unknown(KnownSettings.In(Repository.Read(file)).Except(OwnNames)).Select(name => $"{file}: {name}"));
        Repository.AssertNone(unknown);
    }

    [Fact]
    public void What_serve_knows_is_read_from_its_help()
    {
        Assert.Superset(new HashSet<string> { "UVLM_URL", "UVLM_DATABASE", "UVLM_KAFKA", "UVLM_OTLP", "UVLM_ROLES" }, KnownSettings.OfServe.ToHashSet());
        Assert.Equal(["UVLM_NOTHING"], KnownSettings.Unknown(KnownSettings.In("UVLM_URL=x UVLM_NOTHING=y")));
    }
}
