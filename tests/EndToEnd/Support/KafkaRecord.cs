namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <param name="Value">Null is a tombstone.</param>
internal sealed record KafkaRecord(byte[]? Key, byte[]? Value, params (string Name, string Value)[] Headers);
