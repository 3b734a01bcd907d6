using System.Buffers.Binary;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Tests.Unit.Model.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-safetensors-").FullName;

    private string PathOf => Path.Combine(folder, "x.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var types = Enum.GetValues<TensorType>();
        var tensors = types.Select((type, i) =>
        {
            var bytes = Enumerable.Range(i, 6 * TensorTypes.SizeOf(type)).Select(static b => (byte)b).ToArray();
            return new SafetensorsTensor($"t.{type}", type, [2, 3], stream => stream.Write(bytes));
        }).Append(SafetensorsTensor.Of("scalar", [], new[] { 4.5f })).Append(SafetensorsTensor.Of("empty", [0, 7], Array.Empty<long>())).ToList();
        SafetensorsWriter.Write(PathOf, tensors, new Dictionary<string, string> { ["k"] = "vä" });

        using var file = SafetensorsFile.Open(PathOf);
        Assert.Equal("vä", file.Metadata["k"]);
        Assert.Equal(tensors.Count, file.Entries.Count);
        foreach (var (type, i) in types.Select(static (t, i) => (t, i)))
        {
            Assert.Equal([2, 3], file.Entry($"t.{type}").Shape);
            Assert.Equal(type, file.Entry($"t.{type}").Type);
            Assert.Equal(Enumerable.Range(i, 6 * TensorTypes.SizeOf(type)).Select(static b => (byte)b), file.Bytes($"t.{type}").ToArray());
        }

        Assert.Equal(4.5f, BitConverter.ToSingle(file.Bytes("scalar")));
        Assert.Equal(0, file.Bytes("empty").Length);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "b", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "b", "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, null, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "a", "needs 12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "a", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "a", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "a", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "a", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "a", "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"0","shape":[2],"data_offsets":[0,8]}}""", 8, "a", "not supported")]
    [InlineData("""{"a":{"dtype":"32","shape":[2],"data_offsets":[0,8]}}""", 8, "a", "not supported")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "a", "integers")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "a", "dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 8, "a", "twice")]
    [InlineData("""{"a":7}""", 0, "a", "object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__", "string")]
    [InlineData("""[]""", 0, null, "object")]
    [InlineData("""{"a":""", 0, null, "JSON")]
    [InlineData("""{} x""", 0, null, "JSON")]
    public void A_damaged_header_is_refused_by_the_tensors_name(string header, int dataLength, string? tensor, string problem)
    {
        var json = System.Text.Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(PathOf, bytes);

        var refusal = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(PathOf));
        Assert.Equal(tensor, refusal.Tensor);
        Assert.Contains(problem, refusal.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0 })]
    [InlineData(new byte[] { 100, 0, 0, 0, 0, 0, 0, 0, 123, 125 })]
    public void A_file_too_short_for_its_header_is_refused(byte[] bytes)
    {
        File.WriteAllBytes(PathOf, bytes);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(PathOf));
    }

    [Fact]
    public void A_missing_file_or_tensor_is_named()
    {
        Assert.Contains(PathOf, Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(PathOf)).Message, StringComparison.Ordinal);
        SafetensorsWriter.Write(PathOf, []);
        using var file = SafetensorsFile.Open(PathOf);
        Assert.Equal("gone", Assert.Throws<CheckpointException>(() => file.Bytes("gone")).Tensor);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        SafetensorsWriter.Write(PathOf, [SafetensorsTensor.Of("a", [1], new[] { 1f })]);
        var before = File.ReadAllBytes(PathOf);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(PathOf, [SafetensorsTensor.Of("a", [2], new[] { 1f })]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(PathOf, [SafetensorsTensor.Of("a", [1], new[] { 1f }), SafetensorsTensor.Of("a", [1], new[] { 1f })]));

        Assert.Equal(before, File.ReadAllBytes(PathOf));
        Assert.Equal([PathOf], Directory.GetFileSystemEntries(folder));
    }
}
