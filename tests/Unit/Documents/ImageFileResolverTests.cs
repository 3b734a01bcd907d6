using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Tests.Unit.Documents;

public sealed class ImageFileResolverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string root;

    public ImageFileResolverTests()
    {
        root = Path.Combine(folder.Path, "root");
        folder.Write("root/a.png", TestPictures.Png(8, 8));
        folder.Write("root/sub/b c.jpg", TestPictures.Jpeg(8, 8));
        folder.Write("secret.png", TestPictures.Png(8, 8));
        folder.Write("root-2/c.png", TestPictures.Png(8, 8));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_become_inline_pictures()
    {
        var document = Document(new TextPart("x"), new ImagePart(new FileImage("a.png"), "first"), new ImagePart(new FileImage("sub/b c.jpg")));

        var resolved = new ImageFileResolver(root).Resolve(document);

        Assert.Equal(document.Parts[0], resolved.Parts[0]);
        Assert.Equal("first", ((ImagePart)resolved.Parts[1]).Alt);
        Assert.Equal(["image/png", "image/jpeg"], resolved.Parts.OfType<ImagePart>().Select(static p => ((InlineImage)p.Source).MediaType));
        Assert.Equal([TestPictures.Png(8, 8), TestPictures.Jpeg(8, 8)], DocumentAssert.Images(resolved).Select(static m => m.ToArray()));
        DocumentValidator.Validate(resolved);
    }

    [Fact]
    public void A_document_without_files_is_passed_on()
    {
        var document = Document(new TextPart("x"));

        Assert.Same(document, new ImageFileResolver(root).Resolve(document));
    }

    [Fact]
    public void Absolute_paths_inside_the_root_are_taken() =>
        Assert.Equal("image/png", Resolve(Path.Combine(root, "a.png")).MediaType);

    [Fact]
    public void Links_inside_the_root_are_followed()
    {
        Directory.CreateSymbolicLink(Path.Combine(root, "down"), "sub");
        File.CreateSymbolicLink(Path.Combine(root, "again.png"), "down/../a.png");

        Assert.Equal("image/jpeg", Resolve("down/b c.jpg").MediaType);
        Assert.Equal("image/png", Resolve("again.png").MediaType);
    }

    [Fact]
    public void A_root_that_is_a_link_is_its_target()
    {
        var link = Path.Combine(folder.Path, "link");
        Directory.CreateSymbolicLink(link, root);

        Assert.Equal("image/png", new ImageFileResolver(link).Read("f", "a.png").MediaType);
    }

    [Fact]
    public void Links_lead_anywhere_only_where_that_is_allowed()
    {
        File.CreateSymbolicLink(Path.Combine(root, "out.png"), "../secret.png");
        Directory.CreateSymbolicLink(Path.Combine(root, "linked"), folder.Path);
        var resolver = new ImageFileResolver(root, followsLinks: true);

        Assert.Equal(TestPictures.Png(8, 8), resolver.Read("f", "out.png").Data.ToArray());
        Assert.Equal("image/png", resolver.Read("f", "linked/root-2/c.png").MediaType);
        foreach (var path in (string[])["../secret.png", "linked/../secret.png", Path.Combine(folder.Path, "secret.png")])
            Assert.Equal("f", Assert.Throws<DocumentRejectedException>(() => resolver.Read("f", path)).Field);
    }

    [Theory]
    [InlineData("../secret.png", "..")]
    [InlineData("sub/../a.png", "..")]
    [InlineData("..", "..")]
    [InlineData("a\\..\\..\\secret.png", "..")]
    [InlineData("/etc/passwd", "outside")]
    [InlineData("{folder}/secret.png", "outside")]
    [InlineData("{folder}/root-2/c.png", "outside")]
    [InlineData(".", "outside")]
    [InlineData("link.png", "outside")]
    [InlineData("linked/secret.png", "outside")]
    [InlineData("sneaky.png", "outside")]
    [InlineData("circle.png", "followed")]
    [InlineData("none.png", "no file")]
    [InlineData("sub", "no file")]
    [InlineData("a.png/x", "no file")]
    [InlineData("empty.png", "empty")]
    [InlineData("text.png", "not a JPEG")]
    [InlineData("large.png", "limit")]
    [InlineData("", "empty")]
    public void Everything_else_is_refused_naming_the_field(string path, string words)
    {
        File.CreateSymbolicLink(Path.Combine(root, "link.png"), "../secret.png");
        Directory.CreateSymbolicLink(Path.Combine(root, "linked"), folder.Path);
        File.CreateSymbolicLink(Path.Combine(root, "circle.png"), "circle.png");

        // By its text this stays inside; on disk 'linked' leads out before '..' is applied.
        Directory.CreateSymbolicLink(Path.Combine(root, "sub", "out"), Path.Combine(folder.Path, "root-2"));
        File.CreateSymbolicLink(Path.Combine(root, "sneaky.png"), "sub/out/../secret.png");
        folder.Write("root/empty.png", []);
        folder.Write("root/text.png", "hello");
        folder.Write("root/large.png", [.. TestPictures.Png(8, 8), .. new byte[2000]]);

        var error = Assert.Throws<DocumentRejectedException>(() => Resolve(path.Replace("{folder}", folder.Path)));

        Assert.Equal("parts[1].path", error.Field);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_there_and_cannot_be_read_is_refused_with_its_path_and_the_cause()
    {
        using var locked = File.Open(Path.Combine(root, "a.png"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var error = Assert.Throws<UnreadablePictureException>(() => Resolve("a.png"));

        Assert.Equal(("parts[1].path", "a.png"), (error.Field, error.Path));
        Assert.IsAssignableFrom<IOException>(error.InnerException);
    }

    [Fact]
    public void All_pictures_together_are_limited()
    {
        var document = Document(new ImagePart(new FileImage("a.png")), new ImagePart(new FileImage("a.png")));

        var error = Assert.Throws<DocumentRejectedException>(() => new ImageFileResolver(root, new DocumentLimits { MaxDocumentBytes = 100 }).Resolve(document));

        Assert.Equal("parts[1].path", error.Field);
    }

    [Fact]
    public void The_root_has_to_exist() =>
        Assert.Throws<DirectoryNotFoundException>(() => new ImageFileResolver(Path.Combine(folder.Path, "none")));

    private InlineImage Resolve(string path)
    {
        var document = Document(new TextPart("x"), new ImagePart(new FileImage(path)));
        var resolved = new ImageFileResolver(root, new DocumentLimits { MaxImageBytes = 1000 }).Resolve(document);
        return (InlineImage)((ImagePart)resolved.Parts[1]).Source;
    }

    private static InterleavedDocument Document(params DocumentPart[] parts) => new() { Id = "a", Parts = parts };
}
