using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class RecordDecoderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-decoder").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_path_is_read_for_local_records_only()
    {
        var picture = ((InlineImage)((ImagePart)Records.Document("x", images: 1).Parts[1]).Source).Data;
        File.WriteAllBytes(Path.Combine(folder, "a.png"), picture.Span);
        var decoder = new RecordDecoder(DocumentReadOptions.Default, new ImageFileResolver(folder));
        var record = Record("""{"id":"a","parts":[{"type":"image","path":"a.png"}]}""");
        var local = Assert.IsType<DecodedDocument>(decoder.Decode(record with { IsLocal = true }, CancellationToken.None));
        Assert.True(Assert.Single(local.Images).Span.SequenceEqual(picture.Span));
        var refused = Assert.Throws<DocumentRejectedException>(() => decoder.Decode(record, CancellationToken.None));
        Assert.Equal("parts[0].path", refused.Field);
    }

    [Fact]
    public void The_same_content_has_the_same_hash_wherever_the_picture_came_from_and_whatever_the_version()
    {
        var decoder = new RecordDecoder(DocumentReadOptions.Default);
        var document = Records.Document("a", images: 1);
        var bytes = decoder.Decode(Record(System.Text.Encoding.UTF8.GetString(UnifiedVlm.Documents.Json.DocumentJson.Serialize(document))), CancellationToken.None);
        var ready = decoder.Decode(Record(null) with { Document = document with { Version = 9 } }, CancellationToken.None);
        Assert.Equal(((DecodedDocument)bytes).ContentHash.ToArray(), ((DecodedDocument)ready).ContentHash.ToArray());
        Assert.Equal((null, 9L), (bytes.Version, ready.Version));
    }

    private static SourceRecord Record(string? json) => new(
        new LogPartition("g", "l", "t", 0),
        0,
        default,
        json is null ? null : System.Text.Encoding.UTF8.GetBytes(json),
        [],
        DateTimeOffset.UnixEpoch,
        new DocumentVersion(0, "kafka:l/t"));
}
