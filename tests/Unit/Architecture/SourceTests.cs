namespace UnifiedVlm.Tests.Unit.Architecture;

public class SourceTests
{
    private const int LongestFile = 400;

    [Fact]
    public void No_source_file_has_an_unbounded_queue_or_a_swallowed_error()
    {
        var sources = Repository.Files("src", ".cs");
        var found = sources.SelectMany(file => ForbiddenConstruct.All
            .Select(construct => (construct.Why, Line: construct.FindIn(Repository.Read(file))))
            .Where(hit => hit.Line is not null)
            .Select(hit => $"{file}:{hit.Line}: {hit.Why}"));

        Assert.NotEmpty(sources);
        Repository.AssertNone(found);
    }

    [Theory]
    [InlineData("var c = Channel.CreateUnbounded<int>();")]
    [InlineData("var c = Channel.CreateUnboundedPrioritized<int>();")]
    [InlineData("private readonly ConcurrentQueue<int> _queue = new();")]
    [InlineData("new BlockingCollection<int>(8)")]
    [InlineData("try { A(); } catch { }")]
    [InlineData("try { A(); }\ncatch (IOException)\n{\n}")]
    [InlineData("catch (IOException e) when (e.HResult == 1) {}")]
    [InlineData("throw new NotImplementedException();")]
    public void A_forbidden_construct_is_found(string source) => Assert.Contains(ForbiddenConstruct.All, construct => construct.FindIn(source) is not null);

    [Theory]
    [InlineData("Channel.CreateBounded<int>(8)")]
    [InlineData("new ConcurrentDictionary<string, int>()")]
    [InlineData("try { A(); } catch (IOException e) { Log(e); }")]
    public void What_is_allowed_is_left_alone(string source) => Assert.DoesNotContain(ForbiddenConstruct.All, construct => construct.FindIn(source) is not null);

    [Fact]
    public void No_file_is_longer_than_400_lines()
    {
        var files = Repository.Files("src", ".cs", ".cpp", ".h", ".js", ".css", ".html")
            .Concat(Repository.Files("tests", ".cs"))
            .Concat(Repository.Files("deploy", ".sh"));

        Repository.AssertNone(files
            .Select(file => (file, Lines: Repository.Read(file).AsSpan().Count('\n')))
            .Where(file => file.Lines > LongestFile)
            .Select(file => $"{file.file} has {file.Lines} lines; split it by concern"));
    }
}
