using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Tests.Unit.Server;

public sealed class RequestJsonTests
{
    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_request()
    {
        using var body = RequestJson.Parse(Encoding.UTF8.GetBytes("\uFEFF{\"a\":1}"), DocumentLimits.Default, "{\"a\": n}", ["a"]);
        Assert.Equal(1L, RequestJson.Whole(body.RootElement, "a", 0, 9));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1e-60")]
    [InlineData("\"1\"")]
    public void A_share_is_above_0_and_at_most_1(string value)
    {
        using var body = RequestJson.Parse(Encoding.UTF8.GetBytes($"{{\"top_p\":{value}}}"), DocumentLimits.Default, "{\"top_p\": s}", ["top_p"]);
        Assert.Equal("is not a number above 0 and at most 1", Assert.Throws<DocumentRejectedException>(() => RequestJson.Share(body.RootElement, "top_p")).Problem);
    }
}
