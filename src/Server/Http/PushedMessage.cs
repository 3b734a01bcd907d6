using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Server.Http;

/// <summary>Whose document a pushed body is about. Read before it is taken, so that a sender hears at once what is wrong.</summary>
internal static class PushedMessage
{
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public static InboxPush Read(ReadOnlyMemory<byte> body, string contentType, DocumentReadOptions reading)
        => IngestMessageDecoder.Decode(default, body, [new("content-type", Encoding.UTF8.GetBytes(contentType))], reading) switch
        {
            UpsertMessage upsert => new(upsert.Document.Tenant, upsert.Document.Id, contentType, body),
            DeleteMessage delete => new(delete.Tenant, delete.Id, contentType, body),
            var other => throw new InvalidOperationException($"Unknown message {other.GetType().Name}."),
        };
}
