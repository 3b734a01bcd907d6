namespace UnifiedVlm.Streams.Pipeline;

/// <summary>Every bound and every wait of the pipeline, in one place. docs/streams.md says what happens at each of them when it is full.</summary>
public sealed record IngestPipelineOptions
{
    /// <summary>Names this node in leases and logs.</summary>
    public string Owner { get; init; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Records read and not yet written, over all partitions.</summary>
    public int MaxRecordsInFlight { get; init; } = 2048;

    /// <summary>Records read and not yet written, of one partition: how far a slow record lets its neighbours run ahead.</summary>
    public int MaxRecordsInFlightPerPartition { get; init; } = 1024;

    /// <summary>Raw bytes read and not yet written, over all partitions; one partition may hold half of it. Decoded, they take about twice as much.</summary>
    public long MaxRawBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of decoded pictures between their decoding and the end of their encoding.</summary>
    public long MaxPixelBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of pictures that documents in flight name by blob; one is charged the most it can be until it has been read. A document larger than that passes alone.</summary>
    public long MaxBlobBytes { get; init; } = 256L << 20;

    /// <summary>The same of documents that name pictures by address.</summary>
    public long MaxFetchedBytes { get; init; } = 512L << 20;

    /// <summary>Bytes of vectors between a document's preparation and the end of its write. Small documents of many short parts have more of them than raw bytes.</summary>
    public long MaxVectorBytes { get; init; } = 256L << 20;

    /// <summary>What one part's vector takes: the model's dimension in floats, and again as half of that for the store, with their objects.</summary>
    public int VectorBytesPerPart { get; init; } = 4096;

    /// <summary>Share of a full budget at which paused partitions go on; lower means fewer, longer pauses.</summary>
    public double ResumeAt { get; init; } = 0.75;

    /// <summary>What one picture is taken to need before the first was decoded: 3 x 512 x 512 floats.</summary>
    public long InitialPixelBytesPerImage { get; init; } = 3L * 512 * 512 * sizeof(float);

    /// <summary>Records decoded at the same time.</summary>
    public int DecodeParallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Threads that decode pictures and tokenise.</summary>
    public int PrepareWorkers { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Ask the store which documents it has unchanged, and don't encode those.</summary>
    public bool SkipUnchanged { get; init; } = true;

    /// <summary>Documents the store is asked about in one query.</summary>
    public int CompareBatch { get; init; } = 128;

    /// <summary>A transaction holds at most so many records...</summary>
    public int WriteBatchRecords { get; init; } = 256;

    /// <summary>...and at most so many raw bytes, one record excepted...</summary>
    public long WriteBatchBytes { get; init; } = 16L << 20;

    /// <summary>...and waits so long for more, while more of its partition is on its way.</summary>
    public TimeSpan WriteLinger { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Transactions at the same time, each of another partition.</summary>
    public int ParallelWrites { get; init; } = 2;

    /// <summary>
    /// A record that keeps a preparing thread for so long, is the device's oldest for so long, or whose pictures have not been fetched for so long, is stuck: it
    /// is dead-lettered. Waiting one's turn doesn't count, except for a connection to a host.
    /// </summary>
    public TimeSpan RecordTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Tokens for which the device has <see cref="RecordTimeout"/>: a longer document has as much more time.</summary>
    public int RecordTimeoutTokens { get; init; } = 16 * 1024;

    /// <summary>So many stuck records in a row without one success mean that the device is stuck, not they: the pipeline stops.</summary>
    public int StuckRecordsBeforeStop { get; init; } = 3;

    /// <summary>First wait before something that failed in passing is tried again; doubles up to <see cref="MaxRetryDelay"/>, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Tries at the device for a failure that is neither the document's nor known to pass.</summary>
    public int DeviceAttempts { get; init; } = 4;

    /// <summary>So many deaths of a process with one record alone in work, and that record is a dead letter.</summary>
    public int DeathsBeforeDeadLetter { get; init; } = 3;

    /// <summary>On stopping, what is in flight has so long to be written; the rest is read again by the next owner.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A stop that takes so long after that says what it waits for, and again each time that as much has passed.</summary>
    public TimeSpan StopWarning { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What has not ended so long after it was told to (a source that gives its partitions back, and then everything else) is left behind.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
