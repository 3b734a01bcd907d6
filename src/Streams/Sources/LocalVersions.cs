using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Sources;

/// <summary>Versions for documents that name none, reserved in blocks. What is left of a block at the end stays unused.</summary>
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
}
