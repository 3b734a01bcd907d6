using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Server.Cli.Batch;
using UnifiedVlm.Tests.Unit.Model;

namespace UnifiedVlm.Tests.Unit.Server.Cli.Batch;

/// <summary>Lines are read by the hundred and prepared a few at a time: the bytes of a picture are taken with the latter.</summary>
public sealed class PicturesByPathTests : IDisposable
{
    private static readonly byte[] Picture = ((InlineImage)Samples.Picture(1).Source).Data.ToArray();

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-lines-");
    private readonly ImageFileResolver pictures;

    public PicturesByPathTests() => pictures = new ImageFileResolver(folder.FullName);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void To_embed_they_are_taken_when_the_document_is_prepared()
    {
        using var files = new ModelFolder();
        using var model = files.Load();
        var job = new EmbedJob(model, DocumentLimits.Default, pictures);
        var document = job.Read("""{"id":"a","parts":[{"type":"image","path":"a.png"}]}"""u8.ToArray());
        Assert.Equal("parts[0].path", Assert.Throws<DocumentRejectedException>(() => job.Prepare(document, CancellationToken.None)).Field);

        File.WriteAllBytes(Path.Combine(folder.FullName, "a.png"), Picture);
        using var prepared = job.Prepare(document, CancellationToken.None);
        Assert.NotNull(prepared);
    }

    [Fact]
    public void To_generate_they_are_taken_when_the_prompt_is_laid_out_and_the_document_is_named()
    {
        var reader = new GenerateRequestReader(DocumentLimits.Default, pictures);
        var request = reader.Read(
            """{"id":"q","parts":[{"type":"text","text":"x"}],"evidence":[{"parts":[{"type":"text","text":"y"}]},{"parts":[{"type":"image","path":"a.png"}]}]}"""u8.ToArray());
        Assert.Equal("evidence[1].parts[0].path", Assert.Throws<DocumentRejectedException>(() => reader.WithPictures(request)).Field);

        File.WriteAllBytes(Path.Combine(folder.FullName, "a.png"), Picture);
        Assert.IsType<InlineImage>(((ImagePart)reader.WithPictures(request).Evidence![1].Parts[0]).Source);
    }
}
