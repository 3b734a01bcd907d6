using System.Runtime.InteropServices;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Users of a private PostgreSQL are counted by these locks: one that is given up must be free at once, or the last who leaves would leave the server running.</summary>
public sealed class FileLockTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"uvlm-lock-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(path);

    [Fact]
    public async Task A_child_that_is_being_started_does_not_keep_a_lock_that_is_given_up()
    {
        var shared = await FileLock.SharedAsync(path, TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.Null(FileLock.TryExclusive(path));

        // Between fork and exec a child has all open files, this one too.
        var file = Directory.GetFiles("/proc/self/fd").Single(f => TargetOf(f) == path);
        var copy = dup(int.Parse(Path.GetFileName(file), System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            shared.Dispose();
            using var exclusive = FileLock.TryExclusive(path);
            Assert.NotNull(exclusive);
        }
        finally
        {
            _ = close(copy);
        }
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // Closed since they were listed, by a test beside this one.
            return null;
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup(int descriptor);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);
}
