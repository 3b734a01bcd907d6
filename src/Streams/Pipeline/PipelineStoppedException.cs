namespace UnifiedVlm.Streams.Pipeline;

/// <summary>The pipeline had to stop; nothing that was acknowledged is lost, and what was in flight will be read again.</summary>
public sealed class PipelineStoppedException(string message, Exception? inner = null) : Exception(message, inner);
