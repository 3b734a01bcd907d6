using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>
/// A safetensors file, memory-mapped: opening reads and checks the header alone, a tensor's pages are read when they are touched.
/// Thread-safe for reading. The addresses it hands out live until it is disposed.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile? mapping;
    private readonly MemoryMappedViewAccessor? view;
    private readonly SafetensorsHeader header;
    private byte* start;

    private SafetensorsFile(string path)
    {
        Path = path;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length < sizeof(ulong))
            throw new CheckpointException(path, null, $"the file has {stream.Length} bytes, a safetensors file at least {sizeof(ulong)}");
        mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var length = SafetensorsHeader.CheckLength(path, BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, sizeof(ulong))), stream.Length);
            header = SafetensorsHeader.Parse(path, new ReadOnlySpan<byte>(start + sizeof(ulong), (int)length), stream.Length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Every tensor by its name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => header.Entries;

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <exception cref="CheckpointException">The file is missing, can't be read, or is no valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            return new SafetensorsFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, $"can't be read: {e.Message}", e);
        }
    }

    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry : throw new CheckpointException(Path, name, "is missing");

    /// <summary>Where the tensor's bytes begin: little-endian, row-major, of no particular alignment.</summary>
    public nint Address(TensorEntry entry)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        return (nint)(start + entry.Offset);
    }

    /// <summary>The tensor's bytes.</summary>
    /// <exception cref="CheckpointException">It is missing, or larger than a span can be.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var entry = Entry(name);
        if (entry.Length > int.MaxValue)
            throw new CheckpointException(Path, name, $"{entry.Length} bytes exceed a span; use its address");
        return new ReadOnlySpan<byte>((void*)Address(entry), (int)entry.Length);
    }

    public void Dispose()
    {
        if (start is not null)
        {
            start = null;
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        mapping?.Dispose();
    }
}
