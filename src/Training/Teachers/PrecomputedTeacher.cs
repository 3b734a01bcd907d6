using System.Buffers.Binary;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// Vectors that another program computed, one per part, in a safetensors file: <c>keys</c> U8 [N,32] (<see cref="PartHash"/>), <c>vectors</c> F32, F16 or BF16
/// [N,K], metadata <c>format</c> = <c>uvlm.teacher.1</c>, <c>space</c> = <c>shared</c>, <c>picture</c> or <c>text</c>, <c>name</c> = what made them. The file is mapped: only vectors
/// that are asked for are read.
/// </summary>
public sealed class PrecomputedTeacher : ITeacher
{
    public const string Format = "uvlm.teacher.1";

    private readonly SafetensorsFile file;
    private readonly TensorEntry vectorEntry;
    private readonly Dictionary<PartHash, int> rows;

    private PrecomputedTeacher(SafetensorsFile file)
    {
        this.file = file;
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new CheckpointException(file.Path, null, $"metadata 'format' is '{file.Metadata.GetValueOrDefault("format")}', not '{Format}'");
        Space = file.Metadata.GetValueOrDefault("space") switch
        {
            "shared" => TeacherSpace.Shared,
            "picture" => TeacherSpace.PictureOnly,
            "text" => TeacherSpace.TextOnly,
            var other => throw new CheckpointException(file.Path, null, $"metadata 'space' is '{other}', not one of shared, picture, text"),
        };
        Name = file.Metadata.GetValueOrDefault("name") is { Length: > 0 } name
            ? $"{Kind}={name}"
            : throw new CheckpointException(file.Path, null, "metadata 'name' must say what made the vectors");
        var keys = file.Entry("keys");
        if (keys.Type != TensorType.U8 || keys.Shape is not [var count and > 0, PartHash.Size])
            throw new CheckpointException(file.Path, "keys", $"must be U8 [N, {PartHash.Size}] with N > 0, is {keys}");
        vectorEntry = file.Entry("vectors");
        if (vectorEntry.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16) || vectorEntry.Shape is not [var vectors, > 0 and <= int.MaxValue] || vectors != count)
            throw new CheckpointException(file.Path, "vectors", $"must be F32, F16 or BF16 [{count}, K], is {vectorEntry}");
        Dimension = (int)vectorEntry.Shape[1];
        rows = ReadKeys(file, (int)count);
    }

    public static string Kind => "vectors";

    public string Name { get; }

    public TeacherSpace Space { get; }

    public int Dimension { get; }

    /// <exception cref="CheckpointException">The file is missing, damaged or not of this format.</exception>
    public static PrecomputedTeacher Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            return new PrecomputedTeacher(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        for (var p = 0; p < parts.Count; p++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var hash = PartHash.Of(parts[p].Part);
            if (rows.TryGetValue(hash, out var row))
                ReadVector(row, vectors.Slice(p * Dimension, Dimension));
            else
                missing.Add($"{(parts[p].Part is PictureContent ? "picture" : "text")} {hash}");
        }

        if (missing.Count > 0)
        {
            throw new TeacherException(
                Name, $"{missing.Count} of {parts.Count} parts have no vector in {file.Path}, the first is {missing[0]}",
                "Export the parts with 'uvlm data parts' (the same recipe, --set and data) and compute a vector for each.");
        }
    }

    public void Dispose() => file.Dispose();

    private static Dictionary<PartHash, int> ReadKeys(SafetensorsFile file, int count)
    {
        var bytes = file.Bytes("keys");
        var rows = new Dictionary<PartHash, int>(count);
        for (var i = 0; i < count; i++)
        {
            var hash = PartHash.FromBytes(bytes.Slice(i * PartHash.Size, PartHash.Size));
            if (!rows.TryAdd(hash, i))
                throw new CheckpointException(file.Path, "keys", $"rows {rows[hash]} and {i} are the same key {hash}");
        }

        return rows;
    }

    private unsafe void ReadVector(int row, Span<float> vector)
    {
        var size = vectorEntry.Type == TensorType.F32 ? sizeof(float) : sizeof(ushort);
        var bytes = new ReadOnlySpan<byte>((byte*)file.Address(vectorEntry) + (long)row * Dimension * size, Dimension * size);
        for (var k = 0; k < vector.Length; k++)
        {
            vector[k] = vectorEntry.Type switch
            {
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(k * size)..]),
                TensorType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(k * size)..]),
                _ => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(k * size)..]) << 16),
            };
            if (!float.IsFinite(vector[k]))
                throw new TeacherException(Name, $"row {row} of 'vectors' in {file.Path} holds a value that is not finite", "Compute it again, or write zeros where the encoder knows nothing of the part.");
        }
    }
}
