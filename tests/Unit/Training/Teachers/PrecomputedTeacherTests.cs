using System.Runtime.InteropServices;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public sealed class PrecomputedTeacherTests : IDisposable
{
    private static readonly SequencePart Fox = TeacherSamples.Text("a fox");
    private static readonly SequencePart Red = TeacherSamples.Picture(TeacherSamples.Paint(4, static (_, _) => (255, 0, 0)));
    private static readonly SequencePart Unknown = TeacherSamples.Text("never seen");

    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("uvlm-teacher-").FullName, "vectors.safetensors");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Gives_each_part_its_vector(TensorType type)
    {
        Write(type: type);
        using var teacher = PrecomputedTeacher.Open(path);
        Assert.Equal(("vectors=test-encoder", TeacherSpace.Shared, 3), (teacher.Name, teacher.Space, teacher.Dimension));
        Assert.Equal([-0.5f, 2, 0, 1, 0, 0.25f, 1, 0, 0.25f], TeacherSamples.Embed(teacher, Red, Fox, Fox));
    }

    [Fact]
    public void Names_what_is_missing()
    {
        Write();
        using var teacher = PrecomputedTeacher.Open(path);
        var error = Assert.Throws<TeacherException>(() => TeacherSamples.Embed(teacher, Fox, Unknown, Red));
        Assert.Contains("1 of 3 parts", error.Problem, StringComparison.Ordinal);
        Assert.Contains($"text {PartHash.Of(Unknown.Part)}", error.Problem, StringComparison.Ordinal);
        Assert.Contains(path, error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("picture", TeacherSpace.PictureOnly)]
    [InlineData("text", TeacherSpace.TextOnly)]
    public void Says_what_it_may_be_compared_with(string space, TeacherSpace expected)
    {
        Write(space: space);
        using var teacher = PrecomputedTeacher.Open(path);
        Assert.Equal(expected, teacher.Space);
    }

    [Fact]
    public void A_file_of_another_format_is_refused_by_field()
    {
        Write(format: "else");
        AssertRefused("'format'");
        Write(space: "sound");
        AssertRefused("'space'");
        Write(name: "");
        AssertRefused("'name'");
        Write(keys: [Fox, Fox]);
        AssertRefused("the same key");
        Write(keys: [Fox]);
        AssertRefused("[1, K]");
        SafetensorsWriter.Write(path, [], Metadata("uvlm.teacher.1", "shared", "x"));
        AssertRefused("'keys'");
    }

    [Fact]
    public void A_vector_that_is_not_finite_is_refused()
    {
        Write(values: [1, 0, float.NaN, -0.5f, 2, 0]);
        using var teacher = PrecomputedTeacher.Open(path);
        TeacherSamples.Embed(teacher, Red);
        var error = Assert.Throws<TeacherException>(() => TeacherSamples.Embed(teacher, Fox));
        Assert.Contains("row 0", error.Problem, StringComparison.Ordinal);
        Assert.Contains(path, error.Problem, StringComparison.Ordinal);
    }

    private void AssertRefused(string expected) =>
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => PrecomputedTeacher.Open(path)).Message, StringComparison.Ordinal);

    /// <summary>What another program would write: two vectors of three values.</summary>
    private void Write(
        string format = "uvlm.teacher.1", string space = "shared", string name = "test-encoder", TensorType type = TensorType.F32,
        SequencePart[]? keys = null, float[]? values = null)
    {
        keys ??= [Fox, Red];
        var hashes = keys.SelectMany(static part => Convert.FromHexString(PartHash.Of(part.Part).ToString())).ToArray();
        values ??= [1, 0, 0.25f, -0.5f, 2, 0];
        SafetensorsWriter.Write(
            path,
            [
                new SafetensorsTensor("keys", TensorType.U8, [keys.Length, 32], stream => stream.Write(hashes)),
                new SafetensorsTensor("vectors", type, [2, 3], stream => stream.Write(Encode(values, type))),
            ],
            Metadata(format, space, name));
    }

    private static Dictionary<string, string> Metadata(string format, string space, string name) =>
        new() { ["format"] = format, ["space"] = space, ["name"] = name };

    private static byte[] Encode(float[] values, TensorType type) => type switch
    {
        TensorType.F32 => MemoryMarshal.AsBytes<float>(values).ToArray(),
        TensorType.F16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, static v => (Half)v)).ToArray(),
        _ => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(values, static v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))).ToArray(),
    };
}
