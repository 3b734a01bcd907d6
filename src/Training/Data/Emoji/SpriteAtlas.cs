using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>
/// The pictures of all emoji, <c>sprites.safetensors</c>: one tensor <c>sprites</c>, U8 [n,64,64,4], red, green, blue and alpha with the
/// colours premultiplied by alpha. Each fills its square but for a border of one pixel. Memory-mapped; thread-safe.
/// </summary>
public sealed class SpriteAtlas : IDisposable
{
    public const string FileName = "sprites.safetensors";

    public const string TensorName = "sprites";

    /// <summary>Pixels a side.</summary>
    public const int Side = 64;

    /// <summary>Bytes of one sprite.</summary>
    public const int SpriteBytes = Side * Side * 4;

    private readonly SafetensorsFile file;

    private SpriteAtlas(SafetensorsFile file, int count)
    {
        this.file = file;
        Count = count;
    }

    public int Count { get; }

    /// <exception cref="DataException">The file is missing, damaged or of another shape.</exception>
    public static SpriteAtlas Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(path);
            var entry = file.Entry(TensorName);
            if (entry.Type != TensorType.U8 || entry.Shape is not [var count, Side, Side, 4])
                throw new DataException(path, $"'{TensorName}' must be U8 [n,{Side},{Side},4]; make the data again with uvlm data build");
            return new SpriteAtlas(file, checked((int)count));
        }
        catch (CheckpointException e)
        {
            file?.Dispose();
            throw new DataException(path, $"{e.Problem}; make the data with deploy/data.sh or uvlm data build", e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <param name="sprites">Each [64,64,4].</param>
    public static void Write(string folder, IReadOnlyList<byte[]> sprites) => SafetensorsWriter.Write(
        Path.Combine(folder, FileName),
        [
            new SafetensorsTensor(TensorName, TensorType.U8, [sprites.Count, Side, Side, 4], stream =>
            {
                foreach (var sprite in sprites)
                    stream.Write(sprite);
            }),
        ]);

    /// <summary>[64,64,4], premultiplied.</summary>
    public unsafe ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var start = file.Address(file.Entry(TensorName));
            return new ReadOnlySpan<byte>((byte*)start + ((long)index * SpriteBytes), SpriteBytes);
        }
    }

    public void Dispose() => file.Dispose();
}
