namespace UnifiedVlm.Server.Http;

/// <summary>The tenant has no such picture. One of another tenant is no such picture either.</summary>
internal sealed class BlobNotFoundException(string sha256) : Exception($"There is no picture {sha256} of this tenant.");
