namespace UnifiedVlm.Streams.Producing;

/// <summary>The brokers did not take a message for good. Everything acknowledged before it is safe; the rest has to be sent again.</summary>
public sealed class ProduceFailedException(string topic, string reason) : Exception($"Sending to {topic} failed: {reason}");
