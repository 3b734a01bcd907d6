namespace UnifiedVlm.Storage.Generations;

/// <summary>A generation can't be made, filled, switched to or dropped now; the message says why, and what to do.</summary>
public sealed class GenerationException(string message) : Exception(message);
