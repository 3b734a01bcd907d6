namespace UnifiedVlm.Streams.Broker;

/// <summary>The test broker refused a command, with librdkafka's own words.</summary>
public sealed class MockBrokerException(string action, string error) : Exception($"Test broker: {action} failed: {error}");
