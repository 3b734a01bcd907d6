using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What the inbox keeps of a tenant's key's push is that tenant's for whoever reads it later.</summary>
public sealed class NamedTenantTests
{
    private const string Parts = """[{"type":"text","text":"tenant"}]""";
    private const string Head = """ "specversion":"1.0","id":"1","source":"s","type":"com.unifiedvlm.document.upsert" """;

    private static readonly Caller Caller = new(new ApiKey("1", "test", "acme", KeyScopes.All, null, null, default, null, null, null), budget: null);

    [Theory]
    [InlineData("application/json", $$"""{"id":"x","parts":{{Parts}}}""")]
    [InlineData("application/json", $$"""  { "id" : "x" , "metadata" : {"tenant":"other"}, "parts":{{Parts}}}""")]
    [InlineData("application/json", $$"""{"id":"x","tenant":null,"parts":{{Parts}}}""")]
    [InlineData("application/json", $$"""{"id":"x","ten\u0061nt":null,"parts":{{Parts}}}""")]
    [InlineData("application/json", $$"""{"id":"x","parts":{{Parts}},"tenant":"acme"}""")]
    [InlineData("application/json", $$"""{"id":"x","parts":{{Parts}},"\u0074enant":"acme"}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"data":{"id":"x","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"tenant":"acme","data":{"id":"x","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"data":{"id":"x","tenant":"acme","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"tenant":null,"tenant":null,"data":{"id":"x","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"tenant":null,"tenant":"acme","data":{"id":"x","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", """{"specversion":"1.0","id":"1","source":"s","type":"com.unifiedvlm.document.delete","subject":"x"}""")]
    public void A_body_that_names_none_names_it_afterwards(string contentType, string body)
    {
        var push = PushedMessage.Read(Encoding.UTF8.GetBytes(body), contentType, new DocumentReadOptions(), Caller);
        Assert.Equal(("acme", "x"), (push.Tenant, push.DocumentId));

        // As the pipeline of any node reads it, knowing nothing of the key.
        var (tenant, id) = IngestMessageDecoder.Decode(default, push.Payload, [new("content-type", Encoding.UTF8.GetBytes(contentType))]) switch
        {
            UpsertMessage upsert => (upsert.Document.Tenant, upsert.Document.Id),
            DeleteMessage delete => (delete.Tenant, delete.Id),
            _ => default,
        };
        Assert.Equal(("acme", "x"), (tenant, id));
    }

    [Theory]
    [InlineData("application/json", $$"""{"id":"x","tenant":"other","parts":{{Parts}}}""")]
    [InlineData("application/json", $$"""{"id":"x","tenant":"default","parts":{{Parts}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"tenant":"other","data":{"id":"x","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", $$$"""{{{{Head}}},"data":{"id":"x","tenant":"other","parts":{{{Parts}}}}}""")]
    [InlineData("application/cloudevents+json", """{"specversion":"1.0","id":"1","source":"s","type":"com.unifiedvlm.document.delete","subject":"x","tenant":"other"}""")]
    public void A_body_that_names_another_is_refused(string contentType, string body)
        => Assert.Equal("tenant", Assert.Throws<TenantRefusedException>(
            () => PushedMessage.Read(Encoding.UTF8.GetBytes(body), contentType, new DocumentReadOptions(), Caller)).Field);

    [Fact]
    public void In_base64_too_a_document_is_the_callers()
    {
        var push = Base64("""{"id":"x","parts":[{"type":"text","text":"one"}]}""");
        Assert.Equal("acme", ((UpsertMessage)IngestMessageDecoder.Decode(default, push.Payload, [new("content-type", "application/cloudevents+json"u8.ToArray())])).Document.Tenant);
        Assert.Throws<TenantRefusedException>(() => Base64("""{"id":"x","tenant":"other","parts":[{"type":"text","text":"one"}]}"""));

        static UnifiedVlm.Storage.Inbox.InboxPush Base64(string document) => PushedMessage.Read(
            Encoding.UTF8.GetBytes($$$"""{{{{Head}}},"data_base64":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(document))}}}"}"""), "application/cloudevents+json", new DocumentReadOptions(), Caller);
    }

    [Fact]
    public void A_line_of_a_batch_about_another_tenant_is_named()
    {
        var lines = $$"""{"id":"x","parts":{{Parts}}}""" + "\n\n" + $$"""{"id":"y","tenant":"other","parts":{{Parts}}}""";
        var refused = Assert.Throws<TenantRefusedException>(() => PushBatch.Read(Encoding.UTF8.GetBytes(lines), "application/x-ndjson", new DocumentReadOptions(), Caller));
        Assert.Equal(("tenant", 3), (refused.Field, refused.Line));
    }

    [Fact]
    public void What_all_tenants_may_send_stays_as_it_was_sent()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"id":"x","parts":{{Parts}}}""");
        var push = PushedMessage.Read(body, "application/json", new DocumentReadOptions(), Caller.Anyone);
        Assert.Equal(InterleavedDocument.DefaultTenant, push.Tenant);
        Assert.Equal(body, push.Payload.ToArray());
    }
}
