using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>Which document a request's target names: never a part of its id.</summary>
public sealed class DocumentPathTests
{
    [Theory]
    [InlineData("/v1/documents/a", "a")]
    [InlineData("/v1/documents/manuals/pump-7?erase=true", "manuals/pump-7")]
    [InlineData("/v1/documents/manuals%2Fpump-7", "manuals/pump-7")]
    [InlineData("/V1/Documents/manuals/pump-7", "manuals/pump-7")]
    [InlineData("/v1/documents/a%252Fb", "a%2Fb")]
    [InlineData("/v1/documents//v1/documents/a", "/v1/documents/a")]
    [InlineData("http://127.0.0.1:7077/v1/documents/a/b", "a/b")]
    public void The_id_is_all_that_stands_behind_the_prefix(string target, string id) => Assert.Equal(id, DocumentPath.Id(Request(target)));

    [Theory]
    [InlineData("/v1/%64ocuments/manuals/pump-7")]
    [InlineData("/v1/./documents/manuals/pump-7")]
    [InlineData("/v1/x/../documents/a/v1/documents/b")]
    [InlineData("http://127.0.0.1:7077")]
    public void A_path_that_came_here_in_another_way_names_none(string target)
        => Assert.Equal("id", Assert.Throws<DocumentRejectedException>(() => DocumentPath.Id(Request(target))).Field);

    [Theory]
    [InlineData("default", "a", "/v1/documents/a")]
    [InlineData("acme", "manuals/pump-7", "/v1/documents/manuals%2Fpump-7?tenant=acme")]
    [InlineData("default", "a%2Fb?c", "/v1/documents/a%252Fb%3Fc")]
    public void Where_a_document_is_read_is_where_its_id_is_told_from(string tenant, string id, string path)
    {
        Assert.Equal(path, DocumentPath.Of(tenant, id));
        Assert.Equal(id, DocumentPath.Id(Request(path)));
    }

    private static HttpRequest Request(string target)
    {
        var context = new DefaultHttpContext();
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
        return context.Request;
    }
}
