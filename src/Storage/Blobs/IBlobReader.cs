namespace UnifiedVlm.Storage.Blobs;

/// <summary>Reads stored pictures of one tenant; those of others are not there.</summary>
public interface IBlobReader
{
    /// <summary>Which of these pictures there are, and how large they are.</summary>
    /// <param name="sha256">Hexadecimal, each once.</param>
    /// <returns>By the names that were asked for; what is not there is left out.</returns>
    Task<IReadOnlyDictionary<string, BlobInfo>> FindAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken);

    /// <returns>The file; null: there is none.</returns>
    Task<byte[]?> ReadAsync(string tenant, string sha256, CancellationToken cancellationToken);
}
