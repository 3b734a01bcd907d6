using UnifiedVlm.Actors.Kernel;

namespace UnifiedVlm.Actors.Device;

/// <summary>Every knob of a device actor, with its unit. Tokens are counted as the encoder sees them, image tokens included.</summary>
public sealed record DeviceOptions
{
    /// <summary>What a batch may cost, in tokens: those of its documents, and its padding as far as that costs anything. A document beyond it runs alone.</summary>
    public int MaxBatchTokens { get; init; } = 4096;

    public int MaxBatchDocuments { get; init; } = 32;

    /// <summary>
    /// What a token of padding costs, as a share of one that is encoded. Padding is what fills each window of a batch up to the longest. 0, as here, where an encoder puts
    /// windows one behind the other (the unified model does); 1 for one that computes the padding.
    /// </summary>
    public double PaddingCost { get; init; }

    /// <summary>
    /// What starting a batch costs, as tokens that could have been encoded in the same time. Larger values form fuller batches with more
    /// padding, smaller ones purer batches, where padding costs. Most of it is the batch's end, where threads wait for the one that has the last pass.
    /// </summary>
    public int BatchOverheadTokens { get; init; } = 512;

    /// <summary>Tokens of ingestion that may wait or run; beyond it <c>EncodeAsync</c> waits. The more, the better lengths can be matched.</summary>
    public long IngestBudgetTokens { get; init; } = 32 * 1024;

    /// <summary>Bytes of decoded pictures of ingestion that may wait or run; beyond it <c>EncodeAsync</c> waits.</summary>
    public long IngestBudgetBytes { get; init; } = 512L << 20;

    /// <summary>Tokens of queries that may wait or run; beyond it they are refused.</summary>
    public long QueryBudgetTokens { get; init; } = 8 * 1024;

    /// <summary>With less ingestion than this waiting, a free device waits for more, but never longer than <see cref="MaxLinger"/>.</summary>
    public long TargetQueueTokens { get; init; } = 8 * 1024;

    /// <summary>How long ingestion may wait for company while the device is free. Zero never waits. Queries never do.</summary>
    public TimeSpan MaxLinger { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>A document of ingestion that has waited this long goes into the very next batch of ingestion, whatever its length.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>While queries and ingestion both wait, at least one turn in this many is ingestion's. At least 2.</summary>
    public int IngestFloor { get; init; } = 4;

    /// <summary>Generations that may wait for room in the KV cache or run; beyond it they are refused.</summary>
    public int MaxGenerations { get; init; } = 32;

    /// <summary>Tokens of new prompts that one step reads beside a token for each running generation: these wait so long for it.</summary>
    public int PromptTokensPerStep { get; init; } = 512;

    /// <summary>Steps of the generations between two turns of ingestion. Between two batches of queries there is always one.</summary>
    public int TokenStepsPerIngestBatch { get; init; } = 8;

    /// <summary>Tokens a generation may be ahead of its reader; beyond it that generation alone pauses.</summary>
    public int GenerationBuffer { get; init; } = 16;

    /// <summary>Commands the mailbox holds. The budgets bound the work; this only bounds a burst.</summary>
    public int MailboxCapacity { get; init; } = 1024;

    /// <summary>A document that was alone on the device when the device was lost this many times fails instead of being tried again.</summary>
    public int MaxLossesAlone { get; init; } = 2;

    /// <summary>How often a lost device is brought back, and when it is given up.</summary>
    public SupervisorStrategy Supervision { get; init; } = new()
    {
        MaxRestarts = 5,
        Window = TimeSpan.FromMinutes(10),
        MinBackoff = TimeSpan.FromMilliseconds(500),
        MaxBackoff = TimeSpan.FromSeconds(30),
    };

    /// <summary>Which failures of the model mean that the device as a whole is lost, rather than that the batch was bad.</summary>
    public Func<Exception, bool> IsDeviceLost { get; init; } = static failure => failure is DeviceLostException or OutOfMemoryException;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchDocuments, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(BatchOverheadTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(PaddingCost);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PaddingCost, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IngestBudgetTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(IngestBudgetBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueryBudgetTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(TargetQueueTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLinger, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAge, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(IngestFloor, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxGenerations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PromptTokensPerStep, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TokenStepsPerIngestBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(GenerationBuffer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLossesAlone, 1);
    }
}
