using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public class TeacherEnsembleTests
{
    private static readonly float[] Sun = [1, 0, 0, 0];
    private static readonly float[] Rain = [0, 1, 0, 0];
    private static readonly float[] Snow = [0, 0, 1, 0];
    private static readonly Picture Yellow = TeacherSamples.Paint(16, static (_, _) => (250, 220, 0));
    private static readonly Picture Grey = TeacherSamples.Paint(16, static (_, y) => y < 0.5 ? (90, 90, 90) : (140, 140, 160));

    private static readonly SequenceSample Story = new(
        "story", [TeacherSamples.Text("the sun shines", Sun), TeacherSamples.Picture(Grey, Rain), TeacherSamples.Text("snow at last", Snow)]);

    private static readonly SequenceSample Slice = new("story", [Story.Parts[1], Story.Parts[2]]);
    private static readonly SequenceSample Backwards = new("backwards", [.. Story.Parts.Reverse()]);

    /// <summary>The story's content in the other modality each.</summary>
    private static readonly SequenceSample Retold = new(
        "retold", [TeacherSamples.Picture(Yellow, Sun), TeacherSamples.Text("rain all day", Rain), TeacherSamples.Picture(Grey, Snow)]);

    [Fact]
    public void Slices_and_retellings_are_near_and_order_counts()
    {
        using var teachers = new TeacherEnsemble([new KnowledgeTeacher(4)]);
        var target = Target(teachers, Story, Slice, Retold, Backwards);
        AssertSymmetricWithOnes(target, 4);
        Assert.Equal(1, target[2], 1e-5);
        Assert.True(target[1] > 2 * target[3], $"slice {target[1]}, backwards {target[3]}");
    }

    [Fact]
    public void Own_spaces_tell_apart_what_the_shared_one_calls_equal()
    {
        using var ablation = new TeacherEnsemble([new KnowledgeTeacher(4)]);
        using var triple = new TeacherEnsemble([new KnowledgeTeacher(4), new PictureHistogramTeacher(), new TextNgramTeacher()]);
        var yellow = new SequenceSample("a", [TeacherSamples.Picture(Yellow, Sun)]);
        var grey = new SequenceSample("b", [TeacherSamples.Picture(Grey, Sun)]);
        var text = new SequenceSample("c", [TeacherSamples.Text("sun", Sun)]);
        Assert.All(Target(ablation, yellow, grey, text), static v => Assert.Equal(1, v, 1e-5));

        var target = Target(triple, yellow, grey, text);
        AssertSymmetricWithOnes(target, 3);
        Assert.InRange(target[1], 0.1, 0.9); // same content, pictures that look different

        // A picture and a text meet in the shared space alone: d = 2 (1 - w).
        var t = 2 * (1 - TripleKernel.DefaultSharedWeight) / (2 * 0.6 * 0.6);
        Assert.Equal(Math.Exp(-t) / (2 - Math.Exp(-t)), target[2], 1e-4);
        Assert.Equal(target[2], target[5], 1e-4);
    }

    [Fact]
    public void Parts_without_knowledge_are_left_to_those_who_look()
    {
        var manual = new SequenceSample("manual", [TeacherSamples.Text("Open the dialog."), TeacherSamples.Picture(Grey)]);
        using var blind = new TeacherEnsemble([new KnowledgeTeacher(4), new TextNgramTeacher()]);
        var error = Assert.Throws<TeacherException>(() => Target(blind, Story, manual));
        Assert.Contains("part 1 of sequence 'manual'", error.Problem, StringComparison.Ordinal);
        Assert.Contains("picture-histograms", error.Fix, StringComparison.Ordinal);

        using var seeing = new TeacherEnsemble([new KnowledgeTeacher(4), new TextNgramTeacher(), new PictureHistogramTeacher()]);
        AssertSymmetricWithOnes(Target(seeing, Story, manual), 2);
    }

    [Fact]
    public void Vectors_are_of_unit_length_and_in_the_parts_order()
    {
        using var teachers = new TeacherEnsemble([new TextNgramTeacher(), new KnowledgeTeacher(4), new PictureHistogramTeacher()]);
        var vectors = teachers.Embed([Story, Retold]);
        var rows = vectors.Chunk(teachers.Dimension).ToArray();
        Assert.Equal(6, rows.Length);
        Assert.All(rows, static row => Assert.Equal(1, row.Sum(static v => (double)v * v), 1e-5));
        Assert.Equal(TripleKernel.DefaultSharedWeight, rows[0].Zip(rows[3], static (a, b) => (double)a * b).Sum(), 1e-5); // sun told, sun shown
        Assert.Equal(["text-ngrams", "knowledge", "picture-histograms"], teachers.Names);
    }

    [Fact]
    public void Two_teachers_of_one_space_count_alike()
    {
        using var teachers = new TeacherEnsemble([new KnowledgeTeacher(4), new Constant([5, 0]), new Constant([0, 0.1f])]);
        var vectors = teachers.Embed([new SequenceSample("a", [TeacherSamples.Text("x", Sun)])]);
        Assert.Equal([.. Sun, 1, 0, 0, 1], Array.ConvertAll(vectors, static v => MathF.Round(v * MathF.Sqrt(3), 4)));
    }

    [Fact]
    public void Disposing_it_disposes_its_teachers()
    {
        var teacher = new Constant([1]);
        new TeacherEnsemble([teacher]).Dispose();
        Assert.True(teacher.IsDisposed);
        Assert.Throws<ArgumentException>("teachers", static () => new TeacherEnsemble([]));
    }

    private static float[] Target(TeacherEnsemble teachers, params SequenceSample[] samples) =>
        teachers.Target(samples, new SimilarityOptions { Sigma = 0.6f });

    private static void AssertSymmetricWithOnes(float[] target, int count)
    {
        for (var a = 0; a < count; a++)
        {
            Assert.Equal(1, target[a * count + a]);
            for (var b = 0; b < count; b++)
                Assert.Equal(target[a * count + b], target[b * count + a]);
        }
    }

    private sealed class Constant(float[] vector) : ITeacher
    {
        public bool IsDisposed { get; private set; }

        public string Name => "constant";

        public TeacherSpace Space => TeacherSpace.Shared;

        public int Dimension => vector.Length;

        public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
        {
            for (var p = 0; p < parts.Count; p++)
                vector.CopyTo(vectors[(p * vector.Length)..]);
        }

        public void Dispose() => IsDisposed = true;
    }
}
