using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Tests.Unit.Storage.Filters;

public sealed class FilterJsonTests
{
    [Theory]
    [InlineData("""{"field":"lang","op":"=","value":"de"}""", "lang = \"de\"")]
    [InlineData("""{"and":[{"field":"a","op":"<","value":1.5},{"or":[{"field":"b","op":"!=","value":null},{"field":"c","op":"exists"}]}]}""", "(a < 1.5 and (b != null or exists c))")]
    [InlineData("""{"not":{"field":["a.b","c"],"op":"in","value":[1,true,"x"]}}""", "not `a.b`.c in (1, true, \"x\")")]
    [InlineData("""{"field":"a.b","op":"has","value":"x"}""", "a.b has \"x\"")]
    [InlineData("""{"field":"$time","op":">=","value":"2026-01-31"}""", "$time >= \"2026-01-31\"")]
    [InlineData("""{"and":[{"field":"a","op":"=","value":1}]}""", "a = 1")]
    [InlineData("""{"field":["x\u00b2","\u2167","a\n","-a","1a","a-1","_"],"op":"exists"}""", "exists `x\u00b2`.`\u2167`.`a\n`.`-a`.`1a`.a-1._")]
    public void The_two_forms_are_one_filter(string json, string text)
    {
        Assert.Equal(text, Read(json).ToString());
        Assert.Equal(text, FilterText.Parse(text).ToString());
    }

    [Theory]
    [InlineData("1", "filter")]
    [InlineData("{}", "filter")]
    [InlineData("""{"and":[],"or":[]}""", "filter")]
    [InlineData("""{"and":[]}""", "filter.and")]
    [InlineData("""{"and":[{"field":"a","op":"=","value":1},3]}""", "filter.and[1]")]
    [InlineData("""{"not":{"or":[{"field":"a","op":"~","value":1}]}}""", "filter.not.or[0].op")]
    [InlineData("""{"field":"a","value":1}""", "filter.op")]
    [InlineData("""{"field":"a","op":"="}""", "filter.value")]
    [InlineData("""{"field":"a","op":"=","value":{"b":1}}""", "filter.value")]
    [InlineData("""{"field":"a","op":"in","value":1}""", "filter.value")]
    [InlineData("""{"field":"a","op":"in","value":[]}""", "filter.value")]
    [InlineData("""{"field":"a","op":"exists","value":1}""", "filter.value")]
    [InlineData("""{"field":"","op":"exists"}""", "filter.field")]
    [InlineData("""{"field":"a..b","op":"exists"}""", "filter.field")]
    [InlineData("""{"field":[],"op":"exists"}""", "filter.field")]
    [InlineData("""{"field":"$x","op":"exists"}""", "filter.field")]
    [InlineData("""{"field":"a","op":"=","value":1,"boost":2}""", "filter.boost")]
    [InlineData("""{"field":"a","op":"=","value":"\u0000"}""", "filter.value")]
    [InlineData("""{"field":"a\ud800","op":"exists"}""", "filter.field")]
    public void What_can_not_be_read_is_refused_with_its_path(string json, string path)
        => Assert.Equal(path, Assert.Throws<DocumentRejectedException>(() => Read(json)).Field);

    [Fact]
    public void Depth_has_a_limit()
    {
        var json = string.Concat(Enumerable.Repeat("""{"not":""", 20)) + """{"field":"a","op":"exists"}""" + new string('}', 20);
        var error = Assert.Throws<DocumentRejectedException>(() => Read(json));
        Assert.Contains("16 deep", error.Problem, StringComparison.Ordinal);
    }

    /// <summary>A request has room for millions of values: those beyond the limits are not looked at.</summary>
    [Fact]
    public void Too_many_values_and_names_are_refused_for_their_number()
    {
        var values = string.Join(',', Enumerable.Repeat("1", FilterLimits.MaxComparisons + 1));
        Assert.Contains("256 comparisons", Problem($$"""{"field":"a","op":"in","value":[{{values}},{}]}"""), StringComparison.Ordinal);
        var names = string.Join(',', Enumerable.Repeat("\"a\"", FilterLimits.MaxNames + 1));
        Assert.Contains("1 to 8 names", Problem($$"""{"field":[{{names}},"\ud800"],"op":"exists"}"""), StringComparison.Ordinal);
        Assert.Contains("1 to 8 names", Problem("""{"field":"a.b.c.d.e.f.g.h.i.j","op":"exists"}"""), StringComparison.Ordinal);

        static string Problem(string json) => Assert.Throws<DocumentRejectedException>(() => Read(json)).Problem;
    }

    private static Filter Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return FilterJson.Parse(document.RootElement);
    }
}
