using System.Globalization;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>Finds the PostgreSQL programs. Debian keeps them out of the PATH, one folder a major version.</summary>
internal sealed class PostgresBinaries
{
    private const string DebianRoot = "/usr/lib/postgresql";
    private const int OldestMajor = 15;
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    private PostgresBinaries(string folder) => Folder = folder;

    public string Folder { get; }

    public string InitDb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    public static PostgresBinaries Locate(string? configured)
    {
        if (configured is not null)
            return FirstComplete([configured]) ?? throw Missing(configured);
        var debian = Directory.Exists(DebianRoot)
            ? Directory.EnumerateDirectories(DebianRoot)
                .Select(d => (Folder: Path.Combine(d, "bin"), Major: int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var m) ? m : 0))
                .Where(d => d.Major >= OldestMajor && HasVectorExtension(d.Major))
                .OrderByDescending(d => d.Major)
                .Select(d => d.Folder)
            : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return FirstComplete(debian.Concat(onPath)) ?? throw Missing($"{DebianRoot}/*/bin or the PATH");
    }

    /// <summary>A newer server without pgvector beside one that has it would be the wrong choice.</summary>
    private static bool HasVectorExtension(int major) => File.Exists($"/usr/share/postgresql/{major}/extension/vector.control");

    private static PostgresBinaries? FirstComplete(IEnumerable<string> folders)
        => folders.FirstOrDefault(f => Needed.All(n => File.Exists(Path.Combine(f, n)))) is { } folder ? new PostgresBinaries(folder) : null;

    private static EmbeddedPostgresException Missing(string where) => new(
        $"PostgreSQL {OldestMajor} or newer with pgvector was not found in {where}.",
        "Run deploy/install.sh, or give a connection string to a PostgreSQL that has pgvector.");
}
