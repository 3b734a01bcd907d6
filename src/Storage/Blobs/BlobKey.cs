namespace UnifiedVlm.Storage.Blobs;

/// <summary>The key of a stored picture.</summary>
internal readonly record struct BlobKey(string Tenant, byte[] Sha256)
{
    /// <summary>Before every key.</summary>
    public static BlobKey First { get; } = new("", []);
}
