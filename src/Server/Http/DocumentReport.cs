using System.Text.Json;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Catalog;

namespace UnifiedVlm.Server.Http;

/// <summary>GET /v1/documents/{id}.</summary>
/// <param name="Version">The sender's, or the position in the source that stands in its place.</param>
/// <param name="UpdatedAt">When this version was written.</param>
/// <param name="Document">As it can be pushed again: pictures by blob, a version only where the sender gave one.</param>
internal sealed record DocumentReport(long Version, DateTimeOffset UpdatedAt, JsonElement Document)
{
    public static DocumentReport From(StoredDocument stored)
        => new(stored.Version, stored.UpdatedAt, JsonElement.Parse(DocumentJson.Serialize(stored.Document)));
}
