using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Embedded;

public sealed partial class EmbeddedPostgres
{
    [LoggerMessage(3500, LogLevel.Information, "Made a private PostgreSQL cluster in {Folder}")]
    private partial void LogInitialised(string folder);

    [LoggerMessage(3501, LogLevel.Information, "PostgreSQL in {Folder} started in {Milliseconds:F0} ms (new: {Fresh})")]
    private partial void LogStarted(string folder, double milliseconds, bool fresh);

    [LoggerMessage(3502, LogLevel.Information, "Adopted the PostgreSQL that runs in {Folder} (process {Pid})")]
    private partial void LogAdopted(string folder, int pid);

    [LoggerMessage(3503, LogLevel.Information, "PostgreSQL in {Folder} stopped: no other process uses it")]
    private partial void LogStopped(string folder);

    [LoggerMessage(3504, LogLevel.Information, "PostgreSQL in {Folder} goes on: other processes use it")]
    private partial void LogLeft(string folder);

    [LoggerMessage(3505, LogLevel.Warning, "Ending process {Pid}, left over from a PostgreSQL that was killed in {Folder}")]
    private partial void LogOrphan(int pid, string folder);

    [LoggerMessage(3506, LogLevel.Warning, "Process {Pid} is not the PostgreSQL that {File} speaks of: removing the file")]
    private partial void LogStalePid(int pid, string file);

    [LoggerMessage(3507, LogLevel.Error, "PostgreSQL in {Folder} has ended while it was in use: starting it again. Its log says why")]
    private partial void LogEnded(string folder);
}
