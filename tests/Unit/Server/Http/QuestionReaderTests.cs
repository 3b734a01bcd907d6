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
}
