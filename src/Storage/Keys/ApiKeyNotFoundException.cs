namespace UnifiedVlm.Storage.Keys;

/// <summary>There is no key with this id, or it was revoked before.</summary>
public sealed class ApiKeyNotFoundException(string id) : Exception($"There is no key {id} that could be revoked.");
