using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class SourceRecordTests
{
    [Fact]
    public void Headers_cost_what_they_take_in_memory_however_short_they_are()
    {
        const int count = 10_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var headers = new KeyValuePair<string, byte[]>[count];
        for (var i = 0; i < count; i++)
            headers[i] = KeyValuePair.Create(new string('h', 1), new byte[1]);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(Record(headers).Cost - Record([]).Cost, taken, 2 * taken);
    }

    private static SourceRecord Record(KeyValuePair<string, byte[]>[] headers) => new(
        new LogPartition("g", "l", "t", 0), 0, default, null, headers, DateTimeOffset.UnixEpoch, new DocumentVersion(0, "kafka:l/t"));
}
