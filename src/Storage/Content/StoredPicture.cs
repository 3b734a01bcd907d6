namespace UnifiedVlm.Storage.Content;

/// <summary>A picture as it is stored: by what it is, not by where it occurs.</summary>
internal sealed record StoredPicture(byte[] Sha256, string MediaType, ReadOnlyMemory<byte> Bytes);
