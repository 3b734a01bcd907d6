using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Tests.Unit.Storage.Filters;

public sealed class FilterTextTests
{
    [Theory]
    [InlineData("lang = \"de\"", "lang = \"de\"")]
    [InlineData("lang=\"de\"AND year>=2020", "(lang = \"de\" and year >= 2020)")]
    [InlineData("a = 1 or b = 2 and c = 3", "(a = 1 or (b = 2 and c = 3))")]
    [InlineData("(a = 1 or b = 2) and not c = 3", "((a = 1 or b = 2) and not c = 3)")]
    [InlineData("lang = \"de\" and (year >= 2020 or tags has \"valve\") and not exists draft", "(lang = \"de\" and (year >= 2020 or tags has \"valve\") and not exists draft)")]
    [InlineData("site.north.x != null", "site.north.x != null")]
    [InlineData("a in (1, \"two\", true)", "a in (1, \"two\", true)")]
    [InlineData("id prefix \"x\"", "id prefix \"x\"")]
    [InlineData("$id prefix \"manuals/\"", "$id prefix \"manuals/\"")]
    [InlineData("$time < \"2026-01-31\" and $stored >= \"2026-01-31T12:00:00+02:00\"", "($time < \"2026-01-31\" and $stored >= \"2026-01-31T12:00:00+02:00\")")]
    [InlineData("`a b`.`has` = 1 and `x``y` = 2", "(`a b`.`has` = 1 and `x``y` = 2)")]
    [InlineData("größe < -1.50e2", "größe < -150")]
    [InlineData("t = \"a\\\"b\\u00e4\\n\"", "t = \"a\\\"bä\\n\"")]
    [InlineData("big = 1e300", "big = 1E+300")]
    [InlineData("notes = 1 and android = 2", "(notes = 1 and android = 2)")]
    public void What_is_read_is_written_again_alike(string text, string canonical)
    {
        var filter = FilterText.Parse(text);
        Assert.Equal(canonical, filter.ToString());
        Assert.Equal(canonical, FilterText.Parse(canonical).ToString());
    }

    [Theory]
    [InlineData("", 1, "a field is due")]
    [InlineData("lang", 5, "no comparison")]
    [InlineData("lang = ", 8, "no value")]
    [InlineData("lang = de", 8, "no value")]
    [InlineData("lang = 'de'", 8, "no value")]
    [InlineData("lang == \"de\"", 6, "no comparison")]
    [InlineData("lang = \"de", 8, "not closed")]
    [InlineData("a = 1 b = 2", 7, "follows a whole condition")]
    [InlineData("(a = 1", 7, "')' is missing before 'the end'")]
    [InlineData("a = 1)", 6, "follows a whole condition")]
    [InlineData("a = 1 and", 10, "a field is due")]
    [InlineData("and = 1", 1, "'and' stands where a field is due")]
    [InlineData("a in ()", 7, "no value")]
    [InlineData("a < true", 5, "no order")]
    [InlineData("a prefix 1", 10, "prefix is for texts")]
    [InlineData("$time > \"yesterday\"", 9, "is a time")]
    [InlineData("$language = 1", 13, "is a text")]
    [InlineData("$colour = 1", 1, "is no field of a document")]
    [InlineData("$id has \"x\"", 9, "no list")]
    [InlineData("`a = 1", 1, "not closed")]
    [InlineData("a = \"\\x\"", 5, "escape")]
    [InlineData("a = \"\\u0000\"", 5, "can't be stored")]
    [InlineData("a = 1e999", 5, "double precision")]
    [InlineData("a.b.c.d.e.f.g.h.i = 1", 19, "1 to 8 names")]
    public void What_can_not_be_read_is_refused_with_its_place(string text, int character, string problem)
    {
        var error = Assert.Throws<DocumentRejectedException>(() => FilterText.Parse(text, "--filter"));
        Assert.Equal("--filter", error.Field);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.StartsWith($"at character {character}: ", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Length_depth_and_number_have_limits()
    {
        FilterText.Parse(string.Concat(Enumerable.Repeat("(", 15)) + "a = 1" + new string(')', 15));
        Assert.Contains("16 deep", Refused(string.Concat(Enumerable.Repeat("(", 100_000 / 8)) + "a = 1"), StringComparison.Ordinal);
        Assert.Contains("16 deep", Refused(string.Concat(Enumerable.Repeat("not ", 1000)) + "a = 1"), StringComparison.Ordinal);
        FilterText.Parse(string.Join(" or ", Enumerable.Repeat("a = 1", 256)));
        Assert.Contains("256 comparisons", Refused(string.Join(" or ", Enumerable.Repeat("a = 1", 257))), StringComparison.Ordinal);
        Assert.Contains("256 comparisons", Refused($"a in ({string.Join(',', Enumerable.Range(0, 257))})"), StringComparison.Ordinal);
        Assert.Contains("16384", Refused(new string(' ', 16_385)), StringComparison.Ordinal);
        Assert.Contains("1024", Refused($"a = \"{new string('x', 1025)}\""), StringComparison.Ordinal);
    }

    private static string Refused(string text) => Assert.Throws<DocumentRejectedException>(() => FilterText.Parse(text)).Problem;
}
