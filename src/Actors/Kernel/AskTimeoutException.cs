namespace UnifiedVlm.Actors.Kernel;

/// <summary>No reply came in time. The message may still be processed; its reply then goes nowhere.</summary>
public sealed class AskTimeoutException(string path, TimeSpan timeout) : TimeoutException($"{path}: no reply within {timeout.TotalSeconds:0.###} s.")
{
    public string ActorPath { get; } = path;
}
