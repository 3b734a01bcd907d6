using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class StopMatcherTests
{
    [Theory]
    [InlineData("one two STOP three", "STOP", "one two ")]
    [InlineData("STOP", "STOP", "")]
    [InlineData("ST ST STO ", "STOP", "ST ST STO ")]
    [InlineData("aab", "ab", "a")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("xyz", "", "xyz")]
    [InlineData("a\n\nb", "\n\n", "a")]
    public void The_text_ends_before_the_string_however_it_is_cut_into_pieces(string text, string stop, string expected)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var matcher = new StopMatcher(stop.Length == 0 ? [] : [stop]);
            var result = string.Concat(text.Chunk(size).Select(piece => matcher.Add(new string(piece)))) + matcher.Finish();
            Assert.Equal((expected, expected.Length < text.Length), (result, matcher.HasStopped));
        }
    }

    [Fact]
    public void The_first_of_several_counts()
        => Assert.Equal("ab", new StopMatcher(["dd", "cd", "c"]).Add("abcdd"));

    [Fact]
    public void Only_what_may_begin_a_string_is_held_back()
    {
        var matcher = new StopMatcher(["END", "NO"]);
        Assert.Equal("text ", matcher.Add("text E"));
        Assert.Equal("Ex", matcher.Add("x"));
        Assert.Equal("", matcher.Add("EN"));
        Assert.Equal("EN", matcher.Finish());
    }
}
