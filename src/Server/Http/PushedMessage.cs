using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;

namespace UnifiedVlm.Server.Http;

/// <summary>Whose document a pushed body is about. Read before it is taken, so that a sender hears at once what is wrong.</summary>
internal readonly record struct PushedMessage(string Tenant, string Id)
{
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public static PushedMessage Read(ReadOnlyMemory<byte> body, string contentType, DocumentReadOptions options)
        => IngestMessageDecoder.Decode(default, body, [new("content-type", Encoding.UTF8.GetBytes(contentType))], options) switch
        {
            UpsertMessage upsert => new(upsert.Document.Tenant, upsert.Document.Id),
            DeleteMessage delete => new(delete.Tenant, delete.Id),
            var other => throw new InvalidOperationException($"Unknown message {other.GetType().Name}."),
        };
}
