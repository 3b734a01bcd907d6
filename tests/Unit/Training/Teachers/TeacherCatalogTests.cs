using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

public class TeacherCatalogTests
{
    private static readonly TeacherContext Context = new(KnowledgeDimension: 4);

    [Fact]
    public void Opens_by_name()
    {
        using var teachers = TeacherEnsemble.Open(["knowledge", "picture-histograms", "text-ngrams"], Context);
        Assert.Equal(["knowledge", "picture-histograms", "text-ngrams"], teachers.Names);
        Assert.Equal(4 + 192 + 512, teachers.Dimension);
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("knowledge=4")]
    [InlineData("model")]
    [InlineData("vectors=")]
    public void What_is_no_teacher_is_answered_with_those_there_are(string specification)
    {
        var error = Assert.Throws<TeacherException>(() => TeacherCatalog.Open(specification, Context));
        Assert.Contains($"'{specification}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("knowledge, model=FOLDER, picture-histograms, text-ngrams, vectors=FILE", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void The_argument_reaches_the_teacher()
    {
        Assert.Contains("/nowhere/x=y", Assert.Throws<CheckpointException>(static () => TeacherCatalog.Open("vectors=/nowhere/x=y", Context)).Message, StringComparison.Ordinal);
        Assert.Contains("no knowledge", Assert.Throws<TeacherException>(static () => TeacherCatalog.Open("knowledge", new TeacherContext(0))).Problem, StringComparison.Ordinal);
    }
}
