namespace UnifiedVlm.Streams.Pipeline;

/// <summary>What the pipeline does about a failure.</summary>
internal enum FailureDirective
{
    /// <summary>It will pass: wait and try again, as long as the partition is held.</summary>
    Retry = 0,

    /// <summary>Not known to pass: try again a few times, then stop the node.</summary>
    RetryThenStop = 1,

    /// <summary>It is this record's fault alone.</summary>
    DeadLetter = 2,

    /// <summary>It is the fault of one record of the batch: halve the batch until it is found.</summary>
    Bisect = 3,

    /// <summary>Documents taken for unchanged have changed since: encode them after all.</summary>
    Encode = 4,

    /// <summary>Someone else holds the partition.</summary>
    DropPartition = 5,

    /// <summary>Going on would do harm or make no sense.</summary>
    StopNode = 6,
}
