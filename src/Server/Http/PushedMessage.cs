using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Server.Http;

/// <summary>Whose document a pushed body is about. Read before it is taken, so that a sender hears at once what is wrong.</summary>
internal static class PushedMessage
{
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    /// <exception cref="TenantRefusedException">It is about another tenant than the caller's.</exception>
    public static InboxPush Read(ReadOnlyMemory<byte> body, string contentType, DocumentReadOptions reading, Caller caller)
    {
        var (tenant, id) = IngestMessageDecoder.Decode(default, body, [new("content-type", Encoding.UTF8.GetBytes(contentType))], caller.Reading(reading)) switch
        {
            UpsertMessage upsert => (upsert.Document.Tenant, upsert.Document.Id),
            DeleteMessage delete => (delete.Tenant, delete.Id),
            var other => throw new InvalidOperationException($"Unknown message {other.GetType().Name}."),
        };
        tenant = caller.TenantOf(tenant);
        var named = caller.Tenant is null ? body : NamedTenant.In(body, tenant);
        return named.Length <= reading.Limits.MaxDocumentBytes
            ? new InboxPush(tenant, id, TracedContentType.Add(contentType), named)
            : throw new RequestTooLargeException(reading.Limits.MaxDocumentBytes);
    }
}
