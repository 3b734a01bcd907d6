using System.Net.Sockets;
using Npgsql;

namespace UnifiedVlm.Storage.Data;

/// <summary>The one place that says which database errors pass by themselves.</summary>
public static class TransientErrors
{
    /// <summary>The driver has no name for this one.</summary>
    private const string IdleInTransactionSessionTimeout = "25P03";

    /// <summary>True when the same statement may succeed later without anybody changing it.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        PostgresException e => IsTransient(e.SqlState),
        NpgsqlException e => e.IsTransient || IsBroken(e),
        TimeoutException or IOException or SocketException => true,
        _ => false,
    };

    public static bool IsTransient(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => true,
        // Lock timeouts: whoever holds the lock is dealt with between the attempts.
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ObjectInUse => true,
        // The server stops, restarts or recovers, or the backend was ended on purpose.
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or IdleInTransactionSessionTimeout => true,
        PostgresErrorCodes.IoError => true,
        // Another one has taken over, or will.
        PostgresErrorCodes.ReadOnlySqlTransaction => true,
        // 08: connection lost. 53: out of disk, memory or connections.
        _ => sqlState.StartsWith("08", StringComparison.Ordinal) || sqlState.StartsWith("53", StringComparison.Ordinal),
    };

    /// <summary>The server does not write, as a primary does not that was made a standby: a connection to it stays good, and never leads to the one that has taken over.</summary>
    public static bool IsReadOnly(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>The data of one record is at fault, not the server: 22 data exception, 23 constraint, 54 a program limit such as an index row's size.</summary>
    public static bool IsBadData(string sqlState) => sqlState.StartsWith("22", StringComparison.Ordinal)
        || sqlState.StartsWith("23", StringComparison.Ordinal)
        || sqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>The connection died, so that nothing is known about a statement that was under way.</summary>
    private static bool IsBroken(NpgsqlException error) => error switch
    {
        { InnerException: IOException or SocketException or EndOfStreamException or TimeoutException or ObjectDisposedException } => true,
        _ => false,
    };
}
