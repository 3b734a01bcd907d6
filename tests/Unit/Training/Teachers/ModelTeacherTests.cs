using UnifiedVlm.Documents;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public sealed class ModelTeacherTests : IDisposable
{
    private readonly ModelFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_parts_vector_is_the_document_vector_of_the_part_alone()
    {
        using var model = folder.Load();
        ModelCheckpoint.Save(model.Network, folder.Folder);
        using var teacher = ModelTeacher.Open(folder.Folder);
        var picture = TeacherSamples.Paint(32, static (x, y) => ((int)(x * 255), (int)(y * 255), 90));
        var parts = Enumerable.Range(0, 70).Select(static i => TeacherSamples.Text($"part number {i}")).Append(TeacherSamples.Picture(picture)).ToArray();

        var vectors = TeacherSamples.Embed(teacher, parts);

        Assert.Equal(model.Encoder.Dimension, teacher.Dimension);
        AssertRow(0, new TextPart("part number 0"));
        AssertRow(69, new TextPart("part number 69"));
        AssertRow(70, new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(32, 32, picture.Rgb.ToArray())))));

        void AssertRow(int row, DocumentPart part)
        {
            using var prepared = model.Preparer.Prepare(new InterleavedDocument { Id = "x", Parts = [part] }, default);
            var expected = model.Encoder.Encode([prepared], default)[0].DocumentVector.ToArray();
            for (var k = 0; k < expected.Length; k++)
                Assert.Equal(expected[k], vectors[row * teacher.Dimension + k], 1e-5);
        }
    }

    [Fact]
    public void Its_name_tells_weights_apart()
    {
        var names = new HashSet<string>();
        foreach (var seed in new ulong[] { 1, 2 })
        {
            using var model = folder.Load(seed);
            ModelCheckpoint.Save(model.Network, folder.Folder);
            using var teacher = ModelTeacher.Open(folder.Folder);
            names.Add(teacher.Name);
            File.Delete(Path.Combine(folder.Folder, ModelCheckpoint.FileName));
        }

        Assert.Equal(2, names.Count);
    }

    [Fact]
    public void A_folder_without_weights_is_no_teacher() =>
        Assert.Contains("no weights", Assert.Throws<TeacherException>(() => ModelTeacher.Open(folder.Folder)).Problem, StringComparison.Ordinal);
}
