using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>The files below <c>manuals/</c>, opened: texts in memory, pictures mapped. Thread-safe.</summary>
internal sealed class ManualData : IDisposable
{
    private const int PictureBytes = 3 * ManualFiles.PictureSide * ManualFiles.PictureSide;

    private readonly SafetensorsFile pictures;

    /// <param name="folder">The folder <c>manuals/</c> itself.</param>
    /// <exception cref="DataException">A file is missing or damaged.</exception>
    /// <exception cref="CheckpointException">The pictures are.</exception>
    public ManualData(string folder)
    {
        Pages = ManualFiles.ReadLines<ManualPage>(Path.Combine(folder, ManualFiles.Documents));
        Facts = ManualFiles.ReadLines<ManualFact>(Path.Combine(folder, ManualFiles.Facts));
        Glosses = ManualFiles.ReadLines<Gloss>(Path.Combine(folder, ManualFiles.Glosses));
        pictures = SafetensorsFile.Open(Path.Combine(folder, ManualFiles.Pictures));
        var entry = pictures.Entry(ManualFiles.PicturesTensor);
        if (entry.Type != TensorType.U8 || entry.Shape is not [_, ManualFiles.PictureSide, ManualFiles.PictureSide, 3])
        {
            pictures.Dispose();
            throw new DataException(pictures.Path, $"holds {entry} instead of U8 [n, {ManualFiles.PictureSide}, {ManualFiles.PictureSide}, 3]; build the data again");
        }

        Fingerprint = string.Join('-', new[] { ManualFiles.Documents, ManualFiles.Facts, ManualFiles.Glosses }.Select(name => FileHash(Path.Combine(folder, name))));
    }

    public IReadOnlyList<ManualPage> Pages { get; }

    public IReadOnlyList<ManualFact> Facts { get; }

    public IReadOnlyList<Gloss> Glosses { get; }

    /// <summary>Pictures belong to the documents that name them, so the texts' hashes stand for both.</summary>
    public string Fingerprint { get; }

    /// <summary>A copy of one picture.</summary>
    public unsafe Picture Picture(int index)
    {
        var entry = pictures.Entry(ManualFiles.PicturesTensor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (ulong)entry.Shape[0], nameof(index));
        var bytes = new ReadOnlySpan<byte>((void*)(pictures.Address(entry) + ((nint)index * PictureBytes)), PictureBytes);
        return new Picture(ManualFiles.PictureSide, bytes.ToArray());
    }

    public ContentPart Part(ManualPart part) => part.Picture is { } picture ? new PictureContent(Picture(picture)) : new TextContent(part.Text!);

    public void Dispose() => pictures.Dispose();

    private static string FileHash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream))[..16];
    }
}
