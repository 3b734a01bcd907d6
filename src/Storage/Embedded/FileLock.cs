namespace UnifiedVlm.Storage.Embedded;

/// <summary>
/// An advisory lock on a file between processes. The kernel releases it when the holder dies, whatever it dies of; FileStream takes
/// flock(LOCK_EX) for <see cref="FileShare.None"/> and flock(LOCK_SH) for reading with <see cref="FileShare.Read"/>.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>errno of a lock that is held elsewhere (EAGAIN); .NET hands it on as it is.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    public static async Task<FileLock> ExclusiveAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
        => await WaitAsync(() => TryExclusive(path), path, timeout, cancellationToken).ConfigureAwait(false);

    public static async Task<FileLock> SharedAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
        => await WaitAsync(() => TryShared(path), path, timeout, cancellationToken).ConfigureAwait(false);

    public static FileLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    public void Dispose() => _stream.Dispose();

    private static FileLock? TryShared(string path)
    {
        // A shared lock is taken on a reading handle, which can't create the file.
        if (!File.Exists(path))
            TryOpen(path, FileAccess.ReadWrite, FileShare.None)?.Dispose();
        return TryOpen(path, FileAccess.Read, FileShare.Read);
    }

    private static FileLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            var mode = access == FileAccess.Read ? FileMode.Open : FileMode.OpenOrCreate;
            return new FileLock(new FileStream(path, mode, access, share, bufferSize: 1));
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            // Held by someone else: what a Try method answers with null.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"{path} can't be opened: {e.Message}", "Use a data folder that belongs to the user that runs uvlm, on a disk with room.", e);
        }
    }

    private static async Task<FileLock> WaitAsync(Func<FileLock?> attempt, string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (attempt() is { } held)
                return held;
            if (TimeProvider.System.GetElapsedTime(deadline) > timeout)
            {
                throw new EmbeddedPostgresException(
                    $"Another uvlm process has held {path} for {timeout.TotalSeconds:0} s.", "See whether one hangs while it starts or stops its PostgreSQL.");
            }
            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }
}
