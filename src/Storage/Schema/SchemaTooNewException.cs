namespace UnifiedVlm.Storage.Schema;

/// <summary>A newer program has changed the schema; this one does not know what it would break.</summary>
public sealed class SchemaTooNewException(int databaseVersion, int programVersion) : SchemaException(
    $"The database has schema {databaseVersion}, this program knows schemas up to {programVersion}.",
    "Run the newer version of uvlm that changed it, or restore a backup from before.")
{
    public int DatabaseVersion { get; } = databaseVersion;

    public int ProgramVersion { get; } = programVersion;
}
