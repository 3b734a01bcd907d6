using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>Says in the OpenAPI document which key a route needs, where keys are needed.</summary>
internal static class KeySecurity
{
    private const string Scheme = "key";

    public static void Describe(OpenApiOptions api, AuthMode auth)
    {
        if (auth == AuthMode.None)
            return;
        api.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key of 'uvlm key create'. Each requirement names the scope that the key has to have.",
            };
            return Task.CompletedTask;
        });
        api.AddOperationTransformer(static (operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().LastOrDefault() is not { IsOpen: false } rule)
                return Task.CompletedTask;
            var scheme = new OpenApiSecuritySchemeReference(Scheme, context.Document);
            operation.Security = [.. Scopes(rule.AnyOf).Select(scope => new OpenApiSecurityRequirement { [scheme] = [scope] })];
            operation.Responses ??= [];
            operation.Responses.TryAdd("429", new OpenApiResponse { Description = "The key has used what it may use a minute" });
            operation.Responses["401"] = new OpenApiResponse { Description = "A key is needed" };
            operation.Responses["403"] = new OpenApiResponse { Description = "The key has not the scope, or is another tenant's" };
            return Task.CompletedTask;
        });
    }

    private static IEnumerable<string> Scopes(KeyScopes anyOf)
        => new[] { KeyScopes.Read, KeyScopes.Write, KeyScopes.Admin }.Where(scope => anyOf.HasFlag(scope)).Select(static scope => scope.ToString().ToLowerInvariant());
}
