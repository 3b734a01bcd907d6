namespace UnifiedVlm.Storage.Blobs;

/// <summary>A picture that is committed.</summary>
/// <param name="Sha256">What it is called by, in lower-case hexadecimal.</param>
/// <param name="Created">False: the tenant had it already.</param>
public sealed record BlobReceipt(string Sha256, bool Created);
