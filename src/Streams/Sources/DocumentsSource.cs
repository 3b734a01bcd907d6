using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Sources;

/// <summary>Documents that an importer makes from files, read while they are ingested.</summary>
/// <param name="name">Names the log: the same folder should have the same name in every run.</param>
/// <param name="documents">Enumerated once, on a thread that may wait.</param>
public sealed class DocumentsSource(string name, IEnumerable<InterleavedDocument> documents) : LocalSource(name)
{
    /// <inheritdoc />
    protected override async IAsyncEnumerable<LocalItem> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var items = documents.GetEnumerator();
        // Importing reads files and parses pages: not on the thread that asks.
        while (await Task.Run(items.MoveNext, cancellationToken).ConfigureAwait(false))
            yield return new LocalItem(null, items.Current);
    }
}
