using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// Versions of a local source's documents that name none, reserved in blocks. What is left of a block when the source waits, or ends, stays unused: somebody
/// else may store a document meanwhile, with a version above it.
/// </summary>
internal sealed class LocalVersions(IRecordIntake intake)
{
    /// <summary>Small, so that runs beside each other stay about in order of time.</summary>
    private const int Block = 64;

    private long next;
    private int left;

    public async ValueTask<DocumentVersion> NextAsync(CancellationToken cancellationToken)
    {
        if (left == 0)
        {
            next = await intake.ReserveLocalVersionsAsync(Block, cancellationToken).ConfigureAwait(false);
            left = Block;
        }

        left--;
        return new DocumentVersion(next++, DocumentVersion.LocalRule);
    }

    /// <summary>What is read from now on is newer than whatever was stored until now.</summary>
    public void DropRest() => left = 0;
}
