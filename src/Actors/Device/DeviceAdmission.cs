using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// The budgets in front of a device, taken by callers before they send work and given back by the device: ingestion waits for them, queries
/// and generations are refused. Thread-safe.
/// </summary>
internal sealed class DeviceAdmission(DeviceOptions options)
{
    public CreditPool QueryTokens { get; } = new(options.QueryBudgetTokens);

    public CreditPool IngestTokens { get; } = new(options.IngestBudgetTokens);

    public CreditPool IngestBytes { get; } = new(options.IngestBudgetBytes);

    public CreditPool Generations { get; } = new(options.MaxGenerations);

    public bool TryEnterQuery(PreparedDocument document) => QueryTokens.TryAcquire(document.TokenCount);

    public bool TryEnterIngest(PreparedDocument document)
    {
        if (!IngestTokens.TryAcquire(document.TokenCount))
            return false;
        if (IngestBytes.TryAcquire(document.PixelBytes))
            return true;
        IngestTokens.Release(document.TokenCount);
        return false;
    }

    public async ValueTask EnterIngestAsync(PreparedDocument document, CancellationToken cancellationToken)
    {
        await IngestTokens.AcquireAsync(document.TokenCount, cancellationToken).ConfigureAwait(false);
        try
        {
            await IngestBytes.AcquireAsync(document.PixelBytes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            IngestTokens.Release(document.TokenCount);
            throw;
        }
    }

    public void Leave(EncodeWork work)
    {
        if (work.Priority == EncodePriority.Query)
        {
            QueryTokens.Release(work.Tokens);
            return;
        }

        IngestTokens.Release(work.Tokens);
        IngestBytes.Release(work.Bytes);
    }

    public void Close(Exception reason)
    {
        QueryTokens.Close(reason);
        IngestTokens.Close(reason);
        IngestBytes.Close(reason);
        Generations.Close(reason);
    }
}
