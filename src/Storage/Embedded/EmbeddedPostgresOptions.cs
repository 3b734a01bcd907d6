namespace UnifiedVlm.Storage.Embedded;

/// <summary>Where the private cluster lives and how it is started.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>
    /// Holds the cluster, its socket and its log. Null: <c>~/.local/share/uvlm/pg</c>, or <c>/var/lib/uvlm/pg</c> as root (the system user
    /// that runs PostgreSQL can't enter root's home).
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>Folder of <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>. Null: the newest below <c>/usr/lib/postgresql</c> from version 15 on.</summary>
    public string? BinariesFolder { get; init; }

    /// <summary>The unprivileged user that runs PostgreSQL when this program runs as root; PostgreSQL refuses root.</summary>
    public string SystemUser { get; init; } = "postgres";

    /// <summary>How long starting may take, crash recovery and waiting for another starting process included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a fast shutdown may take before it counts as failed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a process that uses the server looks whether it still runs.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of memory to size the buffers by. Null: what the machine (or its container) has.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>There is a cluster in the data folder.</summary>
    public bool Exists => Directory.Exists(Path.Combine(ResolveDataFolder(), "cluster"));

    internal string ResolveDataFolder() => Path.GetFullPath(DataFolder ?? DefaultDataFolder());

    private static string DefaultDataFolder()
    {
        if (Environment.IsPrivilegedProcess)
            return "/var/lib/uvlm/pg";
        // DoNotVerify: an account whose folder does not exist yet still has a path.
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data, "uvlm", "pg");
    }
}
