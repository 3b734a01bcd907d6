using System.Security.Cryptography;

namespace UnifiedVlm.Storage.Keys;

/// <summary>A key as it is stored: a secret can be compared with it, and not be had from it.</summary>
public sealed class StoredApiKey
{
    private readonly byte[] _digest;

    internal StoredApiKey(ApiKey key, byte[] digest)
    {
        Key = key;
        _digest = digest;
    }

    public ApiKey Key { get; }

    /// <summary>Takes the same time whatever was sent.</summary>
    public bool IsProvedBy(ApiKeySecret secret) => secret.Id == Key.Id && CryptographicOperations.FixedTimeEquals(secret.Digest, _digest);
}
