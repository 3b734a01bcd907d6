using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class QuestionReaderTests
{
    [Theory]
    [InlineData("collection", "a\\u0000")]
    [InlineData("tenant", "\\u0000")]
    [InlineData("tenant", "a b")]
    public void What_can_be_no_tenant_and_no_collection_is_refused_by_name(string field, string value)
    {
        var question = Encoding.UTF8.GetBytes($$"""{"text": "x", "{{field}}": "{{value}}"}""");
        Assert.Equal(field, Assert.Throws<DocumentRejectedException>(() => QuestionReader.Read(question, new DocumentLimits(), Caller.Anyone)).Field);
        var chat = Encoding.UTF8.GetBytes($$"""{"model": "m", "messages": [{"role": "user", "content": "x"}], "{{field}}": "{{value}}"}""");
        Assert.Equal(field, Assert.Throws<DocumentRejectedException>(() => new ChatCallReader(new DocumentLimits()).Read(chat)).Field);
    }

    [Fact]
    public void A_name_is_taken_as_it_is()
    {
        var question = QuestionReader.Read("{\"text\": \"x\", \"tenant\": \"a-1\", \"collection\": \"B.2\"}"u8.ToArray(), new DocumentLimits(), Caller.Anyone);
        Assert.Equal(("a-1", "B.2"), (question.Tenant, question.Collection));
    }

    [Fact]
    public void Null_stands_for_a_field_left_out()
    {
        var question = QuestionReader.Read("{\"text\": \"x\", \"parts\": null, \"like\": null, \"filter\": null, \"k\": null, \"from\": null}"u8.ToArray(), new DocumentLimits(), Caller.Anyone);
        Assert.Equal("x", Assert.IsType<TextPart>(Assert.Single(question.Document!.Parts)).Text);
        Assert.Null(QuestionReader.Read("{\"like\": \"a\", \"text\": null, \"parts\": null}"u8.ToArray(), new DocumentLimits(), Caller.Anyone).Document);
        Assert.Equal("parts", Assert.Throws<DocumentRejectedException>(() => QuestionReader.Read("{\"text\": null}"u8.ToArray(), new DocumentLimits(), Caller.Anyone)).Field);
        var saved = "{\"text\": \"x\", \"parts\": null, \"threshold\": 0.5}"u8.ToArray();
        Assert.Single(SubscriptionReader.Read(saved, new DocumentLimits(), Caller.Anyone).Query.Parts);
    }

    [Theory]
    [InlineData("""[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]""", "messages[0].content[1].image_url.url")]
    [InlineData("""[{"type":"image_url","image_url":"data:image/png;base64,AAAA"}]""", "messages[0].content[0].image_url")]
    [InlineData("""[{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]""", "messages[0].content[0].image_url.url")]
    [InlineData("""[{"type":"text","text":"a\u0000"}]""", "messages[0].content[0].text")]
    [InlineData("\"a\\u0000\"", "messages[0].content")]
    public void What_is_wrong_with_a_part_is_named_by_its_place_in_the_request(string content, string field)
    {
        var chat = Encoding.UTF8.GetBytes($$"""{"model": "m", "messages": [{"role": "user", "content": {{content}}}]}""");
        Assert.Equal(field, Assert.Throws<DocumentRejectedException>(() => new ChatCallReader(new DocumentLimits()).Read(chat)).Field);
    }

    [Fact]
    public void Half_a_character_as_the_type_of_a_part_is_refused_by_name()
    {
        var question = """{"parts":[{"type":"text","text":"x"},{"type":"\ud800"}]}"""u8.ToArray();
        Assert.Equal("parts[1].type", Assert.Throws<DocumentRejectedException>(() => QuestionReader.Read(question, new DocumentLimits(), Caller.Anyone)).Field);
        var subscription = """{"parts":[{"type":"\ud800"}],"threshold":0.5}"""u8.ToArray();
        Assert.Equal("parts[0].type", Assert.Throws<DocumentRejectedException>(() => SubscriptionReader.Read(subscription, new DocumentLimits(), Caller.Anyone)).Field);
    }

    [Fact]
    public void A_field_that_is_needed_is_not_to_be_left_out()
    {
        var subscription = "{\"text\": \"x\", \"threshold\": 2}"u8.ToArray();
        Assert.Equal("Send such a number.", Assert.Throws<DocumentRejectedException>(() => SubscriptionReader.Read(subscription, new DocumentLimits(), Caller.Anyone)).Fix);
        var question = "{\"text\": \"x\", \"k\": 0}"u8.ToArray();
        Assert.EndsWith("or leave the field out.", Assert.Throws<DocumentRejectedException>(() => QuestionReader.Read(question, new DocumentLimits(), Caller.Anyone)).Fix, StringComparison.Ordinal);
        var chat = "{\"model\": 7, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}"u8.ToArray();
        Assert.Equal("Send a non-empty string.", Assert.Throws<DocumentRejectedException>(() => new ChatCallReader(new DocumentLimits()).Read(chat)).Fix);
    }
}
