using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>What every write transaction of one store needs to know.</summary>
internal sealed record IngestSettings(IndexGeneration Generation, TimeSpan LockTimeout, TimeSpan IdleLimit)
{
    /// <summary>The fence; a test takes its predicate out to show that damage would be seen.</summary>
    public string FenceSql { get; init; } = RangeBatch.FenceSql;

    /// <summary>What the names of all such backends begin with.</summary>
    public const string WriterPrefix = "uvlm-w:";

    public string LockTimeoutText { get; } = Milliseconds(LockTimeout);

    public string IdleLimitText { get; } = Milliseconds(IdleLimit);

    /// <summary>Marks the backend that works for a lease: <c>uvlm-w:HASH:EPOCH</c>, within the 63 bytes of application_name.</summary>
    public static string Tag(LogPartition partition, long epoch) => string.Create(CultureInfo.InvariantCulture, $"{TagPrefix(partition)}{epoch}");

    public static string TagPrefix(LogPartition partition)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{partition.GroupId}\n{partition.Topic}\n{partition.Partition}");
        return $"{WriterPrefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12))}:";
    }

    /// <summary>As PostgreSQL's settings of time take it.</summary>
    public static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms");
}
