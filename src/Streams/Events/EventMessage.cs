using System.Globalization;
using System.Text;
using Confluent.Kafka;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Streams.Events;

/// <summary>
/// An event as a Kafka message: a CloudEvent in the binary mode. The key keeps a document's events in one partition; an event about no document has its own name for one,
/// because a compacted topic, which events are not made for, would hold all of them up for one without a key.
/// </summary>
public static class EventMessage
{
    /// <summary>Before the type of the outbox; behind it stands <see cref="TypeVersion"/>.</summary>
    public const string TypePrefix = "com.unifiedvlm.";

    /// <summary>Raised when an event changes so that its readers have to change. Fields may be added without.</summary>
    public const string TypeVersion = ".v1";

    public static Message<byte[], byte[]> Of(PendingEvent happened, EventStream stream)
    {
        ArgumentNullException.ThrowIfNull(happened);
        ArgumentNullException.ThrowIfNull(stream);
        var headers = new Headers();
        void Add(string name, string? value)
        {
            if (value is not null)
                headers.Add(name, Encoding.UTF8.GetBytes(value));
        }

        Add("ce_specversion", "1.0");
        var id = happened.Id.ToString(CultureInfo.InvariantCulture);
        Add("ce_id", id);
        Add("ce_source", SourceOf(stream));
        Add("ce_type", TypePrefix + happened.Type + TypeVersion);
        Add("ce_subject", happened.DocumentId);
        Add("ce_time", happened.CreatedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add("ce_tenant", happened.Tenant);
        Add("ce_sequence", (stream.SequenceBase + happened.Sequence)?.ToString(CultureInfo.InvariantCulture));
        Add("content-type", "application/json");
        return new Message<byte[], byte[]>
        {
            Key = Encoding.UTF8.GetBytes(happened.DocumentId is null ? $"{SourceOf(stream)}/{id}" : $"{happened.Tenant}/{happened.DocumentId}"),
            Value = happened.Data.ToArray(),
            Headers = headers,
            Timestamp = new Timestamp(happened.CreatedAt),
        };
    }

    /// <summary>Source and id together name an event.</summary>
    public static string SourceOf(EventStream stream) => $"/uvlm/{stream?.Id}";
}
