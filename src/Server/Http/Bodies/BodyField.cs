using Microsoft.OpenApi;

namespace UnifiedVlm.Server.Http.Bodies;

/// <summary>A field that a request's body may have. The reader takes these and no others, and the description of the interface names them: one list for both.</summary>
/// <param name="Type">Several where it may be either.</param>
internal sealed record BodyField(string Name, JsonSchemaType Type, string Description)
{
    /// <summary>A request without it is refused.</summary>
    public bool IsNeeded { get; init; }

    /// <summary>What the objects of an array hold.</summary>
    public IReadOnlyList<BodyField>? Items { get; init; }

    /// <summary>The texts that it may be.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
