namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The reply of GET /v1/models.</summary>
internal sealed record ModelList(ModelEntry[] Data)
{
    public string Object => "list";
}

/// <param name="Created">When the node started, in seconds since 1970.</param>
internal sealed record ModelEntry(string Id, long Created)
{
    public string Object => "model";

    public string OwnedBy => "unifiedvlm";
}
