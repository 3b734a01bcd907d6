namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>A request that would reach something of another tenant if nothing stood before it.</summary>
internal sealed record Attempt(HttpMethod Method, string Path, string? Body = null, string MediaType = "application/json", params (string Name, string Value)[] Headers);
