using UnifiedVlm.Server.Cli.Batch;
using UnifiedVlm.Server.Cli.Retrieval;

namespace UnifiedVlm.Tests.Unit.Server.Cli.Retrieval;

public sealed class QuestionLinesTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void A_question_without_an_id_is_named_by_its_line()
    {
        File.WriteAllText(file, "{\"text\":\"x\",\"relevant\":{\"a\":1}}\n{\"id\":\"q\",\"text\":\"x\"}\n{\"id\":null,\"text\":\"x\"}\n");
        Assert.Equal(["1", "q", "3"], QuestionLines.Read(file).Select(static q => q.Id));
    }

    [Theory]
    [InlineData("""{"id":5,"text":"x"}""", "id: is no string")]
    [InlineData("""{"id":"\ud800","text":"x"}""", "no valid Unicode")]
    [InlineData("""{"text":"x","relevant":{"\ud800":1}}""", "no valid Unicode")]
    [InlineData("""{"text":"x","\ud800":1}""", "no valid Unicode")]
    public void What_cannot_be_read_is_told(string line, string expected)
    {
        File.WriteAllText(file, line);
        var error = Assert.Throws<BadLineException>(() => QuestionLines.Read(file));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
    }
}
