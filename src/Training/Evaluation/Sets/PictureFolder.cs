using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>
/// Where the pictures of a set lie. Names may lack their extension, as Winoground's and VIST's do, and files may be links to elsewhere, as in Hugging
/// Face's cache: whoever measures has chosen both the names and the folder.
/// </summary>
internal sealed class PictureFolder
{
    private static readonly string[] Extensions = ["", ".png", ".jpg", ".jpeg", ".webp", ".PNG", ".JPG", ".JPEG", ".WEBP"];

    private readonly string root;

    /// <exception cref="SetFormatException">The folder does not exist.</exception>
    public PictureFolder(string root)
    {
        this.root = root;
        if (!Directory.Exists(root))
            throw new SetFormatException(root, "there is no such folder of pictures");
        Resolver = new ImageFileResolver(root, followsLinks: true);
    }

    public string Root => root;

    /// <summary>Reads the pictures when they are needed.</summary>
    public ImageFileResolver Resolver { get; }

    /// <returns>The picture's path below the folder.</returns>
    /// <exception cref="SetFormatException">There is no such file; names the item and the field.</exception>
    public string Find(JsonItem item, string field, string name) =>
        TryFind(name) ?? throw item.Wrong(field, $"names the picture '{name}', which is not in {root}");

    /// <returns>Null when there is no such file.</returns>
    public string? TryFind(string name) => Extensions.Select(extension => name + extension).FirstOrDefault(path => File.Exists(Path.Combine(root, path)));

    /// <summary>The picture as a part.</summary>
    public static ImagePart Part(string path) => new(new FileImage(path));
}
