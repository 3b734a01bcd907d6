using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Embedded;

public sealed partial class EmbeddedPostgres
{
    [LoggerMessage(3000, LogLevel.Information, "Made a private PostgreSQL cluster in {Folder}")]
    private partial void LogInitialised(string folder);

    [LoggerMessage(3001, LogLevel.Information, "PostgreSQL in {Folder} started in {Milliseconds:F0} ms (new: {Fresh})")]
    private partial void LogStarted(string folder, double milliseconds, bool fresh);

    [LoggerMessage(3002, LogLevel.Information, "Adopted the PostgreSQL that runs in {Folder} (process {Pid})")]
    private partial void LogAdopted(string folder, int pid);

    [LoggerMessage(3003, LogLevel.Information, "PostgreSQL in {Folder} stopped: no other process uses it")]
    private partial void LogStopped(string folder);

    [LoggerMessage(3004, LogLevel.Information, "PostgreSQL in {Folder} goes on: other processes use it")]
    private partial void LogLeft(string folder);

    [LoggerMessage(3005, LogLevel.Warning, "Ending process {Pid}, left over from a PostgreSQL that was killed in {Folder}")]
    private partial void LogOrphan(int pid, string folder);

    [LoggerMessage(3006, LogLevel.Warning, "Process {Pid} is not the PostgreSQL that {File} speaks of: removing the file")]
    private partial void LogStalePid(int pid, string file);

    [LoggerMessage(3007, LogLevel.Error, "PostgreSQL in {Folder} has ended while it was in use: starting it again. Its log says why")]
    private partial void LogEnded(string folder);
}
