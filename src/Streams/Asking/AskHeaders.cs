using System.Globalization;
using System.Text;
using Confluent.Kafka;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Asking;

/// <summary>The headers of a question.</summary>
/// <param name="CorrelationId">Repeated in the reply; null: none was given.</param>
/// <param name="ReplyTopic">Where the reply goes; always an allowed one.</param>
/// <param name="Deadline">After it nobody waits for the reply.</param>
/// <param name="Wrong">A header that can't be taken: its name, and what is wrong with it.</param>
internal sealed record AskHeaders(byte[]? CorrelationId, string ReplyTopic, DateTimeOffset Deadline, string Kind, string? Tenant, (string Field, string Detail)? Wrong)
{
    public const string Correlation = "correlation-id";
    public const string Reply = "reply-topic";
    public const string Until = "deadline";
    public const string KindName = "kind";
    public const string TenantName = "tenant";

    public static AskHeaders Read(Message<byte[], byte[]> message, AskOptions options, DateTimeOffset now)
    {
        (string, string)? wrong = SourceRecord.RefusalOf(message.Headers?.Count ?? 0) is { } tooMany ? (tooMany.Field, tooMany.Message) : null;
        var topic = Text(message, Reply) ?? options.ReplyTopics[0];
        if (!options.ReplyTopics.Contains(topic))
        {
            wrong ??= (Reply, $"{Reply}: replies are not sent to '{topic}'. Name one of {string.Join(", ", options.ReplyTopics)}, or none.");
            topic = options.ReplyTopics[0];
        }

        // The sender's clock: what it says of the future is no later than now.
        var sent = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(message.Timestamp.UnixTimestampMs, 0, now.ToUnixTimeMilliseconds()));
        var deadline = sent + options.DefaultPatience;
        if (Text(message, Until) is { } until)
        {
            if (DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                deadline = time;
            else
                wrong ??= (Until, $"{Until}: '{until}' is no time. Send one such as 2026-01-31T12:00:00Z.");
        }

        if (deadline > now + options.LongestPatience)
            deadline = now + options.LongestPatience;
        var kind = Text(message, KindName) ?? "search";
        if (kind is not ("search" or "answer"))
            wrong ??= (KindName, $"{KindName}: '{kind}' is none. Send search or answer.");
        return new AskHeaders(Bytes(message, Correlation), topic, deadline, kind, Text(message, TenantName), wrong);
    }

    private static byte[]? Bytes(Message<byte[], byte[]> message, string name) => message.Headers is { } headers && headers.TryGetLastBytes(name, out var value) ? value : null;

    private static string? Text(Message<byte[], byte[]> message, string name) => Bytes(message, name) is { Length: > 0 } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
