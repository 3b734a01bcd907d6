using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Records of small documents.</summary>
public static class Records
{
    public static InterleavedDocument Document(string id, string? text = null, int images = 0, long? version = null) => new()
    {
        Id = id,
        Version = version,
        Parts = [new TextPart(text ?? $"text of {id}"), .. Enumerable.Range(0, images).Select(_ => new ImagePart(new InlineImage(Png, "image/png")))],
    };

    public static SourceRecord Of(IPartitionIntake partition, long offset, InterleavedDocument document) =>
        Raw(partition, offset, DocumentJson.Serialize(document), document.Id);

    public static SourceRecord Raw(IPartitionIntake partition, long offset, ReadOnlyMemory<byte>? value, string key = "key") => new(
        partition.Lease.Partition,
        offset,
        Encoding.UTF8.GetBytes(key),
        value,
        [],
        DateTimeOffset.UnixEpoch,
        new DocumentVersion(offset, "kafka:log/topic"));

    /// <summary>1 x 1 pixel.</summary>
    private static byte[] Png { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
