using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public class DescriptorTeacherTests
{
    private static readonly Picture RedDisc = Disc((200, 30, 20), 0.5);
    private static readonly Picture RedDiscMoved = Disc((200, 30, 20), 0.55);
    private static readonly Picture BlueStripes = TeacherSamples.Paint(48, static (x, _) => x * 8 % 1 < 0.5 ? (20, 40, 220) : (10, 10, 30));

    [Fact]
    public void Pictures_alike_in_colour_and_layout_are_near()
    {
        using var teacher = new PictureHistogramTeacher();
        var near = TeacherSamples.Cosine(teacher, TeacherSamples.Picture(RedDisc), TeacherSamples.Picture(RedDiscMoved));
        var far = TeacherSamples.Cosine(teacher, TeacherSamples.Picture(RedDisc), TeacherSamples.Picture(BlueStripes));
        Assert.InRange(near, 0.8, 1);
        Assert.InRange(far, -1, 0.5);
    }

    [Fact]
    public void The_gradients_see_layout_where_colours_are_the_same()
    {
        using var teacher = new PictureHistogramTeacher();
        var across = TeacherSamples.Paint(48, static (x, _) => x * 6 % 1 < 0.5 ? (255, 255, 255) : (0, 0, 0));
        var down = TeacherSamples.Paint(48, static (_, y) => y * 6 % 1 < 0.5 ? (255, 255, 255) : (0, 0, 0));
        var vectors = TeacherSamples.Embed(teacher, TeacherSamples.Picture(across), TeacherSamples.Picture(down));
        var (a, b) = (vectors[..teacher.Dimension], vectors[teacher.Dimension..]);
        Assert.Equal(1, TeacherSamples.Cosine(a[..64], b[..64]), 1e-4);
        Assert.InRange(TeacherSamples.Cosine(a[64..], b[64..]), -1, 0);
    }

    [Fact]
    public void A_picture_of_one_colour_has_colours_alone()
    {
        using var teacher = new PictureHistogramTeacher();
        var vector = TeacherSamples.Embed(teacher, TeacherSamples.Picture(TeacherSamples.Paint(16, static (_, _) => (255, 0, 0))));
        Assert.Equal(1, vector.Sum(static v => v * v), 1e-4);
        Assert.All(vector[64..], static v => Assert.Equal(0, v));
        Assert.Equal(48, Array.IndexOf(vector, vector.Max())); // red 3, green 0, blue 0 of four steps each
    }

    [Fact]
    public void Texts_of_the_same_words_are_near()
    {
        using var teacher = new TextNgramTeacher();
        var text = TeacherSamples.Text("A red mushroom left of a small fox.");
        Assert.InRange(TeacherSamples.Cosine(teacher, text, TeacherSamples.Text("a RED mushroom, right of a small fox")), 0.7, 0.99);
        Assert.InRange(TeacherSamples.Cosine(teacher, text, TeacherSamples.Text("Layers are blended from bottom to top")), -0.3, 0.3);
        Assert.Equal(1, TeacherSamples.Cosine(teacher, text, TeacherSamples.Text("a red mushroom left of a small fox")), 1e-6);
    }

    [Fact]
    public void A_text_without_words_says_nothing()
    {
        using var teacher = new TextNgramTeacher();
        Assert.All(TeacherSamples.Embed(teacher, TeacherSamples.Text(" ... ")), static v => Assert.Equal(0, v));
        Assert.Contains(TeacherSamples.Embed(teacher, TeacherSamples.Text("a")), static v => v != 0);
    }

    [Fact]
    public void A_part_of_the_other_modality_is_the_callers_mistake()
    {
        using var pictures = new PictureHistogramTeacher();
        using var texts = new TextNgramTeacher();
        Assert.Throws<ArgumentException>("parts", () => TeacherSamples.Embed(pictures, TeacherSamples.Text("no picture")));
        Assert.Throws<ArgumentException>("parts", () => TeacherSamples.Embed(texts, TeacherSamples.Picture(RedDisc)));
    }

    private static Picture Disc((int, int, int) colour, double centre) => TeacherSamples.Paint(
        48, (x, y) => Math.Pow(x - centre, 2) + Math.Pow(y - centre, 2) < 0.06 ? colour : (240, 240, 240));
}
