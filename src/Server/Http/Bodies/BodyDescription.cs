using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace UnifiedVlm.Server.Http.Bodies;

/// <summary>Says in the OpenAPI document what a route's body holds. The readers take bytes, so the framework has no type to describe.</summary>
internal static class BodyDescription
{
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, IReadOnlyList<BodyField> fields) => route.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            content.Schema = ObjectOf(fields, isClosed: true);
        return Task.CompletedTask;
    });

    /// <param name="isClosed">Fields that are not known are refused.</param>
    private static OpenApiSchema ObjectOf(IReadOnlyList<BodyField> fields, bool isClosed) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = fields.ToDictionary(static field => field.Name, static IOpenApiSchema (field) => SchemaOf(field)),
        Required = fields.Where(static field => field.IsNeeded).Select(static field => field.Name).ToHashSet(),
        AdditionalPropertiesAllowed = !isClosed,
    };

    private static OpenApiSchema SchemaOf(BodyField field) => new()
    {
        Type = field.Type,
        Description = field.Description,
        Items = field.Items is { } items ? ObjectOf(items, isClosed: false) : null,
        Enum = field.Values?.Select(static value => (JsonNode)value).ToList(),
    };
}
