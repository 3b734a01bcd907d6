using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

public sealed class SystemdTests
{
    /// <summary>Keys of systemd 252 (systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5)) that are used here: systemd passes over what it does not know.</summary>
    private static readonly Dictionary<string, HashSet<string>> Known = new()
    {
        ["Unit"] = ["Description", "Documentation", "Wants", "After", "StartLimitIntervalSec"],
        ["Service"] =
        [
            "Type", "ExecStart", "ExecStartPost", "EnvironmentFile", "LoadCredential", "Environment", "StateDirectory", "StateDirectoryMode", "Restart", "RestartSec", "RestartPreventExitStatus", "KillSignal", "TimeoutStopSec",
            "TimeoutStartSec", "LimitNOFILE", "OOMPolicy", "DynamicUser", "SupplementaryGroups", "UMask", "NoNewPrivileges", "CapabilityBoundingSet", "AmbientCapabilities", "ProtectSystem", "ProtectHome",
            "PrivateTmp", "PrivateDevices", "ProtectClock", "ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc",
            "LockPersonality", "RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter",
            "SystemCallErrorNumber",
        ],
        ["Install"] = ["WantedBy"],
    };

    private static readonly List<(string Section, string Key, string Value)> Unit = Read();

    [Fact]
    public void Every_key_is_one_of_its_section()
        => Repository.AssertNone(Unit.Where(static e => !Known[e.Section].Contains(e.Key)).Select(static e => $"[{e.Section}] {e.Key}"));

    [Fact]
    public void The_service_has_no_rights_is_started_again_and_has_the_time_to_drain() => Assert.All(
        ((string, string)[])[
            ("DynamicUser", "yes"), ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("CapabilityBoundingSet", ""), ("Restart", "on-failure"), ("RestartPreventExitStatus", "2"),
            ("TimeoutStopSec", "90"), ("KillSignal", "SIGTERM"), ("EnvironmentFile", "/etc/uvlm/uvlm.env"), ("ExecStart", "/opt/uvlm/uvlm serve"),
        ],
        static expected => Assert.Contains(("Service", expected.Item1, expected.Item2), Unit));

    [Fact]
    public void Its_folder_is_not_the_one_in_which_root_has_a_private_PostgreSQL()
    {
        var folder = Assert.Single(Unit, static e => e.Key == "StateDirectory").Value;
        Assert.DoesNotContain($"\"/var/lib/{folder}/pg\"", Repository.Read("src/Storage/Embedded/EmbeddedPostgresOptions.cs"));
        Assert.Contains(("Service", "Environment", "UVLM_DATA=%S/" + folder), Unit);
    }

    [Fact]
    public void Who_reads_the_key_is_a_group_that_the_handbook_makes()
    {
        var group = Assert.Single(Unit, static e => e.Key == "SupplementaryGroups").Value;
        var handbook = Repository.Read("docs/deploy.md");
        Assert.Contains($"groupadd --system {group}", handbook);
        Assert.Contains($"-m 640 -g {group} ", handbook);
    }

    [Fact]
    public void A_start_waits_for_the_node_and_not_so_long_that_it_fails()
    {
        var wait = Assert.Single(Unit, static e => e.Key == "ExecStartPost").Value;
        // The dash: a node that is not ready yet is left to become it.
        Assert.StartsWith("-/usr/bin/timeout ", wait, StringComparison.Ordinal);
        Assert.Contains("/health", wait);
        Assert.InRange(
            int.Parse(wait.Split(' ')[1], CultureInfo.InvariantCulture), 1,
            int.Parse(Assert.Single(Unit, static e => e.Key == "TimeoutStartSec").Value, CultureInfo.InvariantCulture) - 10);
    }

    /// <summary>One whose database is away at its start ends. While what waits for it goes on, systemd takes the start for one under way.</summary>
    [Fact]
    public void A_node_that_ends_at_its_start_is_started_again_soon_and_however_often()
    {
        Assert.Contains(("Unit", "StartLimitIntervalSec", "0"), Unit);
        Assert.Contains("while kill -0 \"$$MAINPID\"", Assert.Single(Unit, static e => e.Key == "ExecStartPost").Value);
        Assert.InRange(int.Parse(Assert.Single(Unit, static e => e.Key == "RestartSec").Value, CultureInfo.InvariantCulture), 1, 10);
    }

    /// <summary>As the shell gets it from systemd, with what stands in for pauses ending it.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("curl() { echo \"$*\"; }; ", " http://127.0.0.1:1/health")]
    public async Task A_start_asks_whether_the_node_is_ready_where_there_is_curl_and_waits_for_nothing_elsewhere(string curl, string asked)
    {
        var wait = Assert.Single(Unit, static e => e.Key == "ExecStartPost").Value.Split('\'')[1].Replace("$$", "$", StringComparison.Ordinal).Replace("%%", "%", StringComparison.Ordinal);
        var shell = new ProcessStartInfo("/bin/sh", ["-c", $"sleep() {{ exit 9; }}; {curl}{wait}"]) { RedirectStandardOutput = true };
        shell.Environment["PATH"] = "/nowhere";
        shell.Environment["MAINPID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        shell.Environment["UVLM_URL"] = "http://127.0.0.1:1;http://127.0.0.1:2";
        using var process = Process.Start(shell)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.EndsWith(asked, output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_settings_are_those_of_serve()
    {
        var set = Unit.Where(static e => e.Key == "Environment").Select(static e => e.Value.Split('=')[0])
            .Concat(Repository.Read("deploy/systemd/uvlm.env").Split('\n').Where(static line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#')).Select(static line => line.Split('=')[0]));
        Repository.AssertNone(KnownSettings.Unknown(set));
    }

    private static List<(string Section, string Key, string Value)> Read()
    {
        var entries = new List<(string Section, string Key, string Value)>();
        var section = "";
        foreach (var line in Repository.Read("deploy/systemd/uvlm.service").Split('\n').Where(static line => line.Length > 0 && !line.StartsWith('#')))
        {
            if (line.StartsWith('['))
                section = line.Trim('[', ']');
            else
                entries.Add((section, line.Split('=')[0], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]));
        }

        return entries;
    }
}
