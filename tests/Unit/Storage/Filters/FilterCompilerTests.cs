using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Tests.Unit.Storage.Filters;

public sealed class FilterCompilerTests
{
    [Theory]
    [InlineData("lang = \"de\"", """strict ($."lang" == $v0)""", """{"v0":"de"}""")]
    [InlineData("a = 1 and b = 1.0 or c > 1", """strict ((($."a" == $v0) && ($."b" == $v1)) || ($."c" > $v0))""", """{"v0":1,"v1":1.0}""")]
    [InlineData("not (a = 1 or not b has 2)", """strict ((!($."a" == $v0) || ($."a" == $v0) is unknown) && (exists($."b"[*] ? (@ == $v1))))""", """{"v0":1,"v1":2}""")]
    [InlineData("a in (1, null)", """strict ($."a" == $v0 || $."a" == $v1)""", """{"v0":1,"v1":null}""")]
    [InlineData("a != 1", """strict (!($."a" == $v0) || ($."a" == $v0) is unknown)""", """{"v0":1}""")]
    [InlineData("exists a.b and $title prefix \"x\"", """strict ((exists($."a"."b")) && ($title starts with $v0))""", """{"v0":"x"}""")]
    [InlineData("$time < \"1970-01-02\"", "strict ($time < $v0)", """{"v0":86400000000}""")]
    public void A_filter_becomes_a_predicate_and_its_variables(string text, string path, string values)
    {
        var compiled = FilterCompiler.Compile(FilterText.Parse(text));
        Assert.Equal((path, values), (compiled.Path, compiled.Values));
    }

    [Fact]
    public void No_value_stands_in_the_path_and_names_stand_in_quotes()
    {
        var compiled = FilterCompiler.Compile(new FilterAnd([
            new FilterComparison(FilterField.Metadata(["a\" || true"]), FilterOperator.Equal, FilterValue.Text("x\" || 1 == 1")),
            new FilterComparison(FilterField.Metadata(["b"]), FilterOperator.Prefix, FilterValue.Text("$v0 '; DROP TABLE uvlm.document; --")),
        ]));
        Assert.Equal("""strict (($."a\" || true" == $v0) && ($."b" starts with $v1))""", compiled.Path);
        Assert.Equal("""{"v0":"x\" || 1 == 1","v1":"$v0 '; DROP TABLE uvlm.document; --"}""", compiled.Values);
    }

    [Theory]
    [InlineData("a = 1", """{"a":1}""")]
    [InlineData("a.b = \"x\" and tags has 1 and tags has 2 and year > 3", """{"a":{"b":"x"},"tags":[1,2]}""")]
    [InlineData("a in (1, 2) and b = 3", """{"a":1,"b":3}""", """{"a":2,"b":3}""")]
    [InlineData("a = 1 or b has 2", """{"a":1}""", """{"b":[2]}""")]
    [InlineData("a = 1 and a = 2", """{"a":1}""")]
    [InlineData("a = 1 and a.b = 2", """{"a":1}""")]
    [InlineData("a = 1 or b > 2")]
    [InlineData("not a = 1")]
    [InlineData("a != 1")]
    [InlineData("$id = \"x\" or $collection in (\"y\")")]
    public void What_the_metadata_has_to_contain_follows_from_equality(string text, params string[] alternatives)
        => Assert.Equal(alternatives.Length == 0 ? null : alternatives, FilterCompiler.Compile(FilterText.Parse(text)).Contains);

    [Fact]
    public void Alternatives_stay_few()
    {
        var some = string.Join(", ", Enumerable.Range(0, 20));
        Assert.Equal(20, FilterCompiler.Compile(FilterText.Parse($"a in ({some}) and b in ({some})")).Contains!.Count);
        Assert.Null(FilterCompiler.Compile(FilterText.Parse($"a in ({some}) or b in ({some})")).Contains);
    }

    [Theory]
    [InlineData("$time >= \"2026-01-01\" and $time < \"2026-02-01\" and $time > \"2025-01-01\"", "2026-01-01", "2026-02-01")]
    [InlineData("$time = \"2026-01-01\"", "2026-01-01", "2026-01-01")]
    [InlineData("$time >= \"2026-01-01\" or a = 1", null, null)]
    [InlineData("not $time >= \"2026-01-01\"", null, null)]
    [InlineData("$stored >= \"2026-01-01\"", null, null)]
    public void Bounds_of_the_time_follow(string text, string? from, string? to)
    {
        var compiled = FilterCompiler.Compile(FilterText.Parse(text));
        Assert.Equal((from, to), (compiled.From?.ToString("yyyy-MM-dd"), compiled.To?.ToString("yyyy-MM-dd")));
    }

    [Fact]
    public void Times_around_an_instant_are_a_filter()
    {
        Assert.Null(Filter.Between(null, null));
        Assert.Equal("($time >= \"2026-01-31T10:00:00Z\" and $time < \"2026-02-01T00:00:00.5Z\")", Filter.Between(
            new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(2)), new DateTimeOffset(2026, 2, 1, 0, 0, 0, 500, TimeSpan.Zero))!.ToString());
    }
}
