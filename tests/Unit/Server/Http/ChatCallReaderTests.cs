using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What clients of OpenAI's interface send beside the plainest request.</summary>
public sealed class ChatCallReaderTests
{
    // A PNG's header of one pixel: enough for what is read here.
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant","content":""},{"role":"user","content":"Again"}]""", "messages[0] messages[2]")]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant","content":null},{"role":"user","content":"Again"}]""", "messages[0] messages[2]")]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant"},{"role":"user","content":"Again"}]""", "messages[0] messages[2]")]
    [InlineData("""[{"role":"system","content":" \n"},{"role":"user","content":"Hi"}]""", "messages[1]")]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":""}]}]""", "messages[0]")]
    public void A_turn_that_says_nothing_is_passed_over(string messages, string turns)
        => Assert.Equal(turns, string.Join(' ', Read($$"""{"model": "m", "messages": {{messages}}}""").Request.Turns.Select(static turn => turn.Field)));

    [Theory]
    [InlineData("""[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":" "}]""", "messages[2].content")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"role":"assistant","content":""}]""", "messages")]
    public void A_question_without_words_is_not(string messages, string field)
        => Assert.Equal(field, Refused($$"""{"model": "m", "messages": {{messages}}}"""));

    [Fact]
    public void A_picture_needs_no_words_and_its_media_type_may_be_written_in_several_ways()
    {
        foreach (var type in new[] { "image/png", "image/png;charset=utf-8", "", "IMAGE/PNG" })
        {
            var call = Read($$$"""{"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "image_url", "image_url": {"url": "data:{{{type}}};base64,{{{Png}}}"}}]}]}""");
            Assert.IsType<ImagePart>(Assert.Single(Assert.Single(call.Request.Turns).Parts));
        }

        // Named by its place in the request, whatever was passed over before it; and jpg means JPEG, which this is not.
        Assert.Equal("messages[0].content[1].image_url.url", Refused(
            $$$"""{"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,{{{Png}}}"}}]}]}"""));
    }

    [Theory]
    [InlineData("", 1024, false)]
    [InlineData(", \"max_tokens\": 5", 5, true)]
    [InlineData(", \"max_tokens\": 1024", 1024, true)]
    [InlineData(", \"max_tokens\": 4096", 1024, true)]
    [InlineData(", \"max_completion_tokens\": 7, \"max_tokens\": 4096", 7, true)]
    public void A_limit_is_an_upper_bound_like_the_contexts(string given, int most, bool isLimited)
    {
        var call = Read($$"""{"model": "m", "messages": [{"role": "user", "content": "Hi"}]{{given}}}""");
        Assert.Equal((most, isLimited, true), (call.Request.Sampling.MaxTokens, call.IsLimited, call.Request.FillsContext));
    }

    [Theory]
    [InlineData("", 1f, 0f)]
    [InlineData(", \"seed\": 7, \"top_k\": 5", 1f, 0f)]
    [InlineData(", \"temperature\": 0.3", 0.3f, 0.3f)]
    [InlineData(", \"top_p\": 0.9", 1f, 1f)]
    public void An_answer_from_documents_takes_the_likeliest_tokens_unless_the_client_says_otherwise(string given, float alone, float fromDocuments)
    {
        var call = Read($$"""{"model": "m", "messages": [{"role": "user", "content": "Hi"}]{{given}}}""");
        Assert.Equal((alone, fromDocuments), (call.Request.Sampling.Temperature, call.DocumentSampling.Temperature));
    }

    [Theory]
    [InlineData("\"max_tokens\": 0", "max_tokens")]
    [InlineData("\"max_tokens\": 1.5", "max_tokens")]
    [InlineData("\"stream_options\": true", "stream_options")]
    [InlineData("\"stream_options\": {\"include_usage\": \"yes\"}", "stream_options.include_usage")]
    [InlineData("\"response_format\": {\"type\": 1}", "response_format.type")]
    [InlineData("\"response_format\": {\"type\": {}}", "response_format.type")]
    [InlineData("\"response_format\": {\"type\": \"\\ud800\"}", "response_format.type")]
    [InlineData("\"response_format\": \"json_object\"", "response_format")]
    [InlineData("\"response_format\": {}", "response_format.type")]
    [InlineData("\"tools\": {\"type\": \"function\"}", "tools")]
    [InlineData("\"tool_choice\": \"required\"", "tool_choice")]
    [InlineData("\"tool_choice\": {\"type\": \"function\"}", "tool_choice")]
    [InlineData("\"logit_bias\": {}", "logit_bias")]
    [InlineData("\"top_p\": -0.1", "top_p")]
    [InlineData("\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]", "messages[0].content")]
    [InlineData("\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"\\ud800\"}]}]", "messages[0].content[1].text")]
    [InlineData("\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"\\ud800\"}]}]", "messages[0].content[0].type")]
    public void What_is_wrong_is_named_where_it_stands(string field, string named)
        => Assert.Equal(named, Refused(field.StartsWith("\"messages", StringComparison.Ordinal) ? $$"""{"model": "m", {{field}}}""" : $$"""{"model": "m", "messages": [{"role": "user", "content": "Hi"}], {{field}}}"""));

    [Theory]
    [InlineData("\"logit_bias\": null, \"functions\": null, \"no_such_field\": null")]
    [InlineData("\"tools\": [], \"tool_choice\": \"auto\", \"response_format\": {\"type\": \"text\"}")]
    [InlineData("\"tools\": null, \"tool_choice\": \"none\", \"response_format\": null")]
    [InlineData("\"tool_choice\": null")]
    public void What_asks_for_nothing_is_passed_over(string fields)
        => Assert.Single(Read($$"""{"model": "m", "messages": [{"role": "user", "content": "Hi"}], {{fields}}}""").Request.Turns);

    [Theory]
    [InlineData(-1L, ulong.MaxValue)]
    [InlineData(7L, 7UL)]
    [InlineData(long.MinValue, 1UL << 63)]
    public void A_seed_may_be_any_whole_number_of_64_bits(long seed, ulong drawn)
        => Assert.Equal(drawn, Read($$"""{"model": "m", "messages": [{"role": "user", "content": "Hi"}], "seed": {{seed}}}""").Request.Sampling.Seed);

    [Fact]
    public void A_message_has_no_more_parts_than_a_document_and_none_is_read_to_find_that_out()
    {
        var parts = string.Join(',', Enumerable.Repeat("{\"type\": \"no such type\"}", DocumentLimits.Default.MaxParts + 1));
        Assert.Equal("messages[0].content", Refused($$"""{"model": "m", "messages": [{"role": "user", "content": [{{parts}}]}]}"""));
    }

    [Fact]
    public void The_smallest_nucleus_is_the_likeliest_token()
    {
        var call = Read("""{"model": "m", "messages": [{"role": "user", "content": "Hi"}], "top_p": 0, "stream_options": {"include_usage": true}}""");
        Assert.InRange(call.Request.Sampling.TopP, float.Epsilon, 1e-30f);
        Assert.True(call.IncludeUsage);
    }

    private static ChatCall Read(string body) => new ChatCallReader(DocumentLimits.Default).Read(Encoding.UTF8.GetBytes(body));

    private static string Refused(string body) => Assert.Throws<DocumentRejectedException>(() => Read(body)).Field;
}
