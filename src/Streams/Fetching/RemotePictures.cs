using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Blobs;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>Where a pipeline gets pictures that don't come within their documents.</summary>
/// <param name="Blobs">The uploads.</param>
/// <param name="Fetcher">Null: addresses are refused.</param>
/// <param name="Limits">Of documents, pictures included.</param>
public sealed record RemotePictures(IBlobReader Blobs, IPictureFetcher? Fetcher, DocumentLimits Limits);
