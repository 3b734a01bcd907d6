using System.Diagnostics;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class TracedContentTypeTests
{
    private const string Type = "application/json; charset=utf-8";

    [Fact]
    public void A_callers_trace_is_kept_beside_the_type_and_told_apart_from_it()
    {
        using var request = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").Start();
        var kept = TracedContentType.Add(Type);
        Assert.Equal((Type, request.Id), TracedContentType.Split(kept));
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", request.Id);
    }

    [Fact]
    public void Without_a_trace_the_type_stays_as_it_was_sent()
    {
        Assert.Equal(Type, TracedContentType.Add(Type));
        // Made for the logs' sake by a server that nobody listens to.
        using (new Activity("request").Start())
            Assert.Equal(Type, TracedContentType.Add(Type));
        Assert.Equal((Type, null), TracedContentType.Split(Type));
    }
}
