using System.Text.Json.Nodes;

namespace UnifiedVlm.Documents;

/// <summary>
/// Text and pictures in reading order: the unit that is ingested, embedded as a sequence and retrieved. A query is one too.
/// Its JSON form is described by docs/document.schema.json.
/// </summary>
public sealed record InterleavedDocument
{
    public const string DefaultTenant = "default";
    public const string DefaultCollection = "default";

    /// <summary>Unique within the tenant.</summary>
    public required string Id { get; init; }

    /// <summary>The newest version wins. Absent: the position of the record in its source takes its place.</summary>
    public long? Version { get; init; }

    public string Tenant { get; init; } = DefaultTenant;

    public string Collection { get; init; } = DefaultCollection;

    public string? Title { get; init; }

    /// <summary>A BCP 47 tag such as <c>en</c> or <c>pt-BR</c>.</summary>
    public string? Language { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>Free-form facts to filter by; never read by the model.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>In reading order, never empty in a document that passed <see cref="DocumentLimits"/>.</summary>
    public required IReadOnlyList<DocumentPart> Parts { get; init; }
}
