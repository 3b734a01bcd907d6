namespace UnifiedVlm.Storage.Blobs;

/// <summary>What is known of a stored picture without reading it.</summary>
/// <param name="MediaType">By its first bytes.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record BlobInfo(string MediaType, long Bytes);
