using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class PushBatchTests
{
    private const string Lines = "application/x-ndjson";
    private const string Events = "application/cloudevents-batch+json";
    private const string Event = """{"specversion":"1.0","id":"1","source":"s","type":"com.unifiedvlm.document.delete","subject":"x"}""";

    [Theory]
    [InlineData($"[{Event}]\n[{Event}]")]
    [InlineData($"[{Event}] garbage")]
    [InlineData($"[{Event}],")]
    [InlineData($"[] [{Event}]")]
    public void What_follows_an_array_of_events_is_refused_and_not_lost(string body)
        => Assert.Equal("$", Assert.Throws<DocumentRejectedException>(() => Read(body, Events)).Field);

    [Fact]
    public void White_space_may_stand_around_an_array_of_events()
        => Assert.Equal(["x", "x"], Read($" [{Event},\n{Event}]\r\n ", Events).Select(static push => push.DocumentId));

    [Theory]
    [InlineData("""{"\ud800\ud800":1,"specversion":"1.0"}""")]
    [InlineData("""{"specversion":"1.0","\ud800\ud800":1}""")]
    public void A_name_with_half_a_character_is_refused_with_its_line(string bad)
        => Assert.Equal(2, Assert.Throws<BatchLineException>(() => Read($"{Event}\n{bad}", Lines)).Line);

    private static IReadOnlyList<InboxPush> Read(string body, string contentType) => PushBatch.Read(Encoding.UTF8.GetBytes(body), contentType, new DocumentReadOptions(), Caller.Anyone);
}
