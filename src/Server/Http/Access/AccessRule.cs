using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>Metadata of a route: who may call it. A route without one is not served (<see cref="RouteCheck"/>).</summary>
/// <param name="AnyOf">One of these scopes suffices; none asks for no particular one.</param>
/// <param name="IsOpen">Without a key.</param>
/// <param name="AllTenants">What it tells or does is of all tenants together, so a key that belongs to one won't do.</param>
internal sealed record AccessRule(KeyScopes AnyOf, bool IsOpen = false, bool AllTenants = false)
{
    public static AccessRule Open { get; } = new(KeyScopes.None, IsOpen: true);

    private static AccessRule AnyKey { get; } = new(KeyScopes.None);

    /// <summary>The rule of what the request will meet. Where no route is, below /v1 and /v2 the keyless learn nothing.</summary>
    public static AccessRule Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>()
        ?? (IsBelow(context, "/v1") || IsBelow(context, "/v2") ? AnyKey : Open);

    /// <exception cref="AccessDeniedException">The caller may not.</exception>
    public void Check(Caller caller)
    {
        if (AnyOf != KeyScopes.None)
            caller.Require(AnyOf);
        if (AllTenants && caller.Tenant is not null)
            throw new AccessDeniedException("The key belongs to one tenant, and this is about all of them: use a key that was made with --all-tenants.");
    }

    private static bool IsBelow(HttpContext context, string path) => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => IsOpen ? "no key" : $"a key{(AllTenants ? " of all tenants" : "")}{(AnyOf == KeyScopes.None ? "" : $" with {AnyOf.ToText()}")}";
}
