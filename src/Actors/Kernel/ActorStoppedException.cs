namespace UnifiedVlm.Actors.Kernel;

/// <summary>The actor has stopped, or stopped before it came to the message.</summary>
/// <param name="path">The actor.</param>
/// <param name="failure">What it died of; null when it was told to stop.</param>
public sealed class ActorStoppedException(string path, Exception? failure = null)
    : Exception(failure is null ? $"{path}: the actor has stopped." : $"{path}: the actor has stopped after a failure: {failure.Message}", failure)
{
    public string ActorPath { get; } = path;
}
