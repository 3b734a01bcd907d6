using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Images;

/// <summary>
/// Reads pictures named by path. A path counts from the root and must stay inside it, links followed, unless they may lead anywhere; nobody but
/// the operator may be able to change the folders below the root while they are read.
/// </summary>
public sealed class ImageFileResolver
{
    private readonly DocumentLimits limits;
    private readonly string root;
    private readonly bool followsLinks;

    /// <param name="root">The only folder that pictures are read from.</param>
    /// <param name="followsLinks">Links may lead out of the root: only where whoever names the pictures may read every file that they lead to.</param>
    /// <exception cref="DirectoryNotFoundException">The root does not exist.</exception>
    public ImageFileResolver(string root, DocumentLimits? limits = null, bool followsLinks = false)
    {
        this.followsLinks = followsLinks;
        this.limits = limits ?? DocumentLimits.Default;
        this.root = RealPath.Of(Path.GetFullPath(root));
        if (!Directory.Exists(this.root))
            throw new DirectoryNotFoundException($"The picture root {root} does not exist.");
    }

    /// <summary>A document whose pictures by path are replaced by their content; the same document when there are none.</summary>
    /// <exception cref="DocumentRejectedException">Names the part whose file can't be taken.</exception>
    public InterleavedDocument Resolve(InterleavedDocument document)
    {
        if (!document.Parts.Any(static p => p is ImagePart { Source: FileImage }))
            return document;
        var parts = document.Parts.ToArray();
        long total = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var field = $"parts[{i}].path";
            if (parts[i] is ImagePart { Source: FileImage file } image)
                parts[i] = image with { Source = Read(field, file.Path) };
            if (parts[i] is ImagePart { Source: InlineImage { Data.Length: var length } } && (total += length) > limits.MaxDocumentBytes)
            {
                throw new DocumentRejectedException(
                    field, $"brings the document over the limit of {limits.MaxDocumentBytes} bytes", "Split the document or scale its pictures down.");
            }
        }

        return document with { Parts = parts };
    }

    /// <summary>Reads one picture.</summary>
    /// <param name="field">The field to name in errors.</param>
    /// <exception cref="DocumentRejectedException">The file is outside the root, missing, too large or not a picture.</exception>
    /// <exception cref="UnreadablePictureException">It is there and can't be read.</exception>
    public InlineImage Read(string field, string path)
    {
        var file = new FileInfo(Locate(field, path));
        if (!file.Exists)
        {
            throw new DocumentRejectedException(
                field, $"there is no file '{FieldRules.Shown(path)}' below the root", "Check the path; it counts from the configured root.");
        }

        // Pipes and devices have length 0 and would block or never end.
        if (file.Length == 0)
            throw new DocumentRejectedException(field, "names an empty file", "Name a JPEG, PNG or WebP file.");
        if (file.Length > limits.MaxImageBytes)
            throw ImageRules.TooLarge(field, file.Length, limits);
        try
        {
            var bytes = ReadAtMost(field, file.FullName, (int)file.Length);
            return DocumentValidator.ValidatePicture(field, bytes, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnreadablePictureException(field, path, e);
        }
    }

    private string Locate(string field, string path)
    {
        FieldRules.Path(field, path);
        if (path.Split('/', '\\').Contains(".."))
            throw new DocumentRejectedException(field, "climbs with '..'", "Write the path down from the configured root.");
        try
        {
            var named = Path.GetFullPath(path, root);
            var real = RealPath.Of(named);
            if (IsInside(real) || (followsLinks && IsInside(named)))
                return real;
        }
        catch (IOException e)
        {
            // Links in a circle, which nobody can read later either.
            throw new DocumentRejectedException(field, $"can't be followed: {e.Message}", "Check the path and its links.");
        }

        throw new DocumentRejectedException(
            field, "lies outside the configured root", "Put the picture below the root and name it from there.");
    }

    private bool IsInside(string full) =>
        full.Length > root.Length && full.StartsWith(root, StringComparison.Ordinal) && (root.EndsWith('/') || full[root.Length] == '/');

    /// <summary>The file may grow while it is read; no more is taken than was checked.</summary>
    private static ReadOnlyMemory<byte> ReadAtMost(string field, string path, int length)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.SequentialScan);
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        var filled = 0;
        while (filled < length && RandomAccess.Read(handle, bytes.AsSpan(filled), filled) is var read and > 0)
            filled += read;
        return filled == length
            ? bytes
            : throw new DocumentRejectedException(field, "was cut short while it was read", "Write files elsewhere and move them into place.");
    }
}
