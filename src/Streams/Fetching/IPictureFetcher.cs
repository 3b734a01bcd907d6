using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>Fetches pictures from addresses that senders name. Thread-safe.</summary>
public interface IPictureFetcher
{
    /// <summary>Fetches one picture, trying again for a while what may pass.</summary>
    /// <param name="field">The field that names the address, for messages.</param>
    /// <exception cref="DocumentRejectedException">The address may not be fetched from, there is no picture, or it did not come in time; names the field.</exception>
    Task<InlineImage> FetchAsync(string field, Uri url, CancellationToken cancellationToken);
}
