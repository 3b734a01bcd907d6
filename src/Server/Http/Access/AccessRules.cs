using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>How routes are told who may call them.</summary>
internal static class AccessRules
{
    /// <summary>A key with one of these scopes.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, KeyScopes anyOf, bool allTenants = false)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRule(anyOf, AllTenants: allTenants));

    /// <summary>Such as <c>read or admin</c>.</summary>
    public static string ToText(this KeyScopes anyOf) => anyOf.ToString().ToLowerInvariant().Replace(", ", " or ", StringComparison.Ordinal);

    /// <summary>Nobody needs a key.</summary>
    public static TBuilder IsOpen<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(AccessRule.Open);
}
