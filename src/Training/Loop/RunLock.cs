using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// Holds a run's folder for one process: two that write checkpoints into it would delete each other's. <see cref="FileShare.None"/> is
/// flock(LOCK_EX), which the kernel releases whatever its holder dies of; so the file stays behind and says nothing.
/// </summary>
internal sealed class RunLock : IDisposable
{
    public const string FileName = "run.lock";

    /// <summary>errno of a lock that is held elsewhere (EAGAIN); .NET hands it on as it is.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <param name="output">The run's folder, which exists.</param>
    /// <exception cref="ConfigException">Another training holds it.</exception>
    public static RunLock Take(string output)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(output, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
        }
        catch (IOException held) when (held.HResult == WouldBlock)
        {
            throw new ConfigException(output, "--out", "another training writes into this folder; wait for its end, stop it, or choose another folder");
        }
    }

    public void Dispose() => file.Dispose();
}
