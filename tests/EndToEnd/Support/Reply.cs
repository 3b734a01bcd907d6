using System.Net;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>What the node answered.</summary>
internal sealed record Reply(HttpStatusCode Status, string? MediaType, string Body)
{
    /// <summary>Where the sender looked at them.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    /// <summary>A problem+json that names the field.</summary>
    public void AssertRefused(HttpStatusCode status, string field)
    {
        Assert.True(status == Status, $"{(int)Status} {Body}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(field, (string?)Json["field"]);
        Assert.Contains(field, (string)Json["detail"]!, StringComparison.Ordinal);
    }
}
