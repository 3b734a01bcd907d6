using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Records to write. Everything follows from the content's name, so equal names are equal contents.</summary>
internal static class Make
{
    public const int Dimension = 8;

    public static DocumentUpsert Upsert(
        long offset, string id, long version, string content, string tenant = "a", string collection = "c", bool encoded = true,
        string? rule = null, string? language = "en", string? title = null, int parts = 2, params byte[][] images)
    {
        var all = new List<DocumentPart> { new TextPart(content) };
        all.AddRange(images.Select(i => new ImagePart(new InlineImage(i), $"picture of {content}")));
        var document = new InterleavedDocument { Tenant = tenant, Id = id, Collection = collection, Title = title, Language = language, Parts = all };
        return new DocumentUpsert(
            offset, document, new DocumentVersion(version, rule ?? DocumentVersion.ExplicitRule), Hash(content),
            encoded ? Embed(content, parts) : null, [.. images.Select(i => (ReadOnlyMemory<byte>)i)]);
    }

    public static DocumentDelete Delete(long offset, string id, long version, string tenant = "a", string? rule = null)
        => new(offset, tenant, id, new DocumentVersion(version, rule ?? DocumentVersion.ExplicitRule));

    public static DeadLetter Dead(long offset, string reason = "bad", string? tenant = "a", params KeyValuePair<string, byte[]>[] headers)
        => new(offset, "decode", reason, "parts[0]", "error chain", tenant, "doc", "key"u8.ToArray(), "payload"u8.ToArray(), headers);

    public static byte[] Hash(string content) => SHA256.HashData(Encoding.UTF8.GetBytes(content));

    /// <summary>Unit vectors that depend on the content alone.</summary>
    public static SequenceEmbedding Embed(string content, int parts = 2, int dimension = Dimension)
    {
        var random = new Random(BitConverter.ToInt32(Hash(content)));
        return new SequenceEmbedding(
            dimension,
            [.. Enumerable.Range(0, parts).Select(i => new EmbeddedPart(0, PartKind.Text, i, 1))],
            Enumerable.Range(0, parts).SelectMany(_ => Unit(random, dimension)).ToArray(),
            Unit(random, dimension));
    }

    public static float[] Unit(Random random, int dimension)
    {
        var vector = Enumerable.Range(0, dimension).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray();
        var norm = MathF.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => v / norm)];
    }
}
