namespace UnifiedVlm.Actors.Kernel;

/// <summary>A watched actor has stopped for good.</summary>
/// <param name="Actor">The actor that was watched.</param>
/// <param name="Failure">What it died of; null when it was told to stop.</param>
public sealed record Terminated(ActorRef Actor, Exception? Failure);
