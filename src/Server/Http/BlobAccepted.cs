namespace UnifiedVlm.Server.Http;

/// <summary>200 or 201 of POST /v1/blobs: the picture is committed and can be named by documents.</summary>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Width">In pixels, as the file has them.</param>
internal sealed record BlobAccepted(string Sha256, long Bytes, int Width, int Height);
