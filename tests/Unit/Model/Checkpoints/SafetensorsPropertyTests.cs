using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Tests.Unit.Model.Checkpoints;

public sealed class SafetensorsPropertyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-safetensors-").FullName;

    private string PathOf => Path.Combine(folder, "x.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_damaged_file_is_refused_or_read_within_its_bounds()
    {
        SafetensorsWriter.Write(
            PathOf,
            [SafetensorsTensor.Of("a.weight", [2, 3], new[] { 1f, 2, 3, 4, 5, 6 }), SafetensorsTensor.Of("scalar", [], new[] { 4.5f }), SafetensorsTensor.Of("empty", [0, 7], Array.Empty<long>())],
            new Dictionary<string, string> { ["format"] = "pt", ["k"] = "ä" });
        var damage = Damage.To([File.ReadAllBytes(PathOf)], '"', '{', '}', '[', ']', ',', ':', '-', '9', '0', 0xFF);
        var read = 0;
        Prop.ForAll(damage.ToArbitrary(), bytes =>
        {
            File.WriteAllBytes(PathOf, bytes);
            try
            {
                using var file = SafetensorsFile.Open(PathOf);
                foreach (var (name, entry) in file.Entries)
                {
                    var data = file.Bytes(name);
                    Assert.Equal(entry.Shape.Aggregate(1L, static (all, d) => all * d) * TensorTypes.SizeOf(entry.Type), data.Length);
                    // Touched from end to end: a span beyond the file would end the process.
                    _ = data.ToArray();
                }

                read++;
            }
            catch (CheckpointException e)
            {
                Assert.Contains(PathOf, e.Message, StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
        Assert.NotEqual(0, read);
    }
}
