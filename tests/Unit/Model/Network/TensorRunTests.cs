using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Tests.Unit.Model.Network;

public sealed class TensorRunTests : IDisposable
{
    private readonly ModelFolder folder = new();

    public TensorRunTests()
    {
        using var model = folder.Load();
        ModelCheckpoint.Save(model.Network, folder.Folder);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void No_pictures_are_the_same_as_no_pixel_values()
    {
        var ids = SafetensorsTensor.Of("input_ids", [1, 3], (long[])[5, 6, 7]);
        Assert.Equal(Run([ids]), Run([ids, Pixels(0, 32)]));
    }

    [Fact]
    public void Pictures_of_another_size_are_refused_with_the_shape_that_is_taken()
    {
        var ids = SafetensorsTensor.Of("input_ids", [1, 3], (long[])[5, 6, 7]);
        Assert.Contains("[N,3,32,32]", Assert.Throws<CheckpointException>(() => Run([ids, Pixels(0, 16)])).Message, StringComparison.Ordinal);
    }

    private static SafetensorsTensor Pixels(int count, int side) => SafetensorsTensor.Of("pixel_values", [count, 3, side, side], new float[count * 3 * side * side]);

    private byte[] Run(SafetensorsTensor[] inputs)
    {
        var (input, output) = (Path.Combine(folder.Folder, "inputs.safetensors"), Path.Combine(folder.Folder, "outputs.safetensors"));
        SafetensorsWriter.Write(input, inputs);
        TensorRun.Run(folder.Folder, input, output);
        return File.ReadAllBytes(output);
    }
}
