namespace UnifiedVlm.Actors.Device;

/// <summary>
/// What a device has to do. It belongs to the device and not to one life of its actor, so it survives a restart. Device thread only, the
/// counters excepted.
/// </summary>
internal sealed class DeviceQueue
{
    private readonly DeviceOptions options;
    private int queryBatchesInARow;
    private long generatedTokens;
    private long generationTicks;

    public DeviceQueue(DeviceOptions options, TimeProvider time)
    {
        this.options = options;
        Admission = new DeviceAdmission(options);
        Queries = new EncodeLane(EncodePriority.Query, options, time, Drop);
        Ingest = new EncodeLane(EncodePriority.Ingest, options, time, Drop);
        QueryCounters = new LaneCounters(options);
        IngestCounters = new LaneCounters(options);
        Created = time.GetTimestamp();
    }

    public DeviceAdmission Admission { get; }

    public EncodeLane Queries { get; }

    public EncodeLane Ingest { get; }

    /// <summary>Admitted and not ended; bounded by the admission.</summary>
    public List<GenerationWork> Generations { get; } = [];

    public LaneCounters QueryCounters { get; }

    public LaneCounters IngestCounters { get; }

    public long Created { get; }

    public long GeneratedTokens => Interlocked.Read(ref generatedTokens);

    public TimeSpan GenerationTime => TimeSpan.FromTicks(Interlocked.Read(ref generationTicks));

    public EncodeLane Lane(EncodePriority priority) => priority == EncodePriority.Query ? Queries : Ingest;

    public LaneCounters Counters(EncodePriority priority) => priority == EncodePriority.Query ? QueryCounters : IngestCounters;

    /// <summary>The next batch of queries: they come first, but one turn in <see cref="DeviceOptions.IngestFloor"/> is ingestion's while it waits too.</summary>
    public EncodeWork[] TakeQueries(bool ingestWaits)
    {
        if (Queries.IsEmpty || (ingestWaits && queryBatchesInARow >= options.IngestFloor - 1))
            return [];
        var batch = Queries.Take();
        if (batch.Length > 0)
            queryBatchesInARow = ingestWaits ? queryBatchesInARow + 1 : 0;
        return batch;
    }

    /// <param name="linger">When there is none: how long ingestion waits for company; zero when nothing waits.</param>
    public EncodeWork[] TakeIngest(out TimeSpan linger)
    {
        linger = Queries.IsEmpty ? Ingest.Linger() : TimeSpan.Zero;
        return linger > TimeSpan.Zero ? [] : Ingest.Take();
    }

    /// <summary>The batch of ingestion after the one that begins; empty where a group is next, which has the device to itself.</summary>
    public EncodeWork[] TakeAhead() => Ingest.HasGroups || Ingest.Linger() > TimeSpan.Zero ? [] : Ingest.Take();

    public void EndIngestTurn() => queryBatchesInARow = 0;

    public void Complete(EncodeWork work, Documents.SequenceEmbedding embedding)
    {
        // Room first: who waits for the result may send the next document at once.
        Admission.Leave(work);
        work.Complete(embedding);
    }

    public void Fail(EncodeWork work, Exception failure)
    {
        Counters(work.Priority).AddFailed();
        Admission.Leave(work);
        work.Fail(failure);
    }

    public void AddGenerationStep(TimeSpan elapsed, int tokens)
    {
        Interlocked.Add(ref generationTicks, elapsed.Ticks);
        Interlocked.Add(ref generatedTokens, tokens);
    }

    public void EndGeneration(GenerationWork work, Exception? failure)
    {
        Generations.Remove(work);
        try
        {
            work.End(failure);
        }
        finally
        {
            Admission.Generations.Release(1);
            Admission.TellRoom();
        }
    }

    /// <summary>A command that came too late.</summary>
    public void Reject(DeviceCommand command, Exception reason)
    {
        switch (command)
        {
            case EncodeWork work:
                Fail(work, reason);
                break;
            case GenerationWork generation:
                EndGeneration(generation, reason);
                break;
        }
    }

    /// <summary>The device is gone for good: nobody may be left waiting.</summary>
    public void Close(Exception reason)
    {
        Admission.Close(reason);
        foreach (var work in Queries.TakeAll().Concat(Ingest.TakeAll()))
            Fail(work, reason);
        foreach (var generation in Generations.ToArray())
            EndGeneration(generation, reason);
    }

    private void Drop(EncodeWork work)
    {
        Counters(work.Priority).AddAbandoned();
        Admission.Leave(work);

        // Its caller left, and told of room, when it still had its own.
        Admission.TellRoom();
    }
}
