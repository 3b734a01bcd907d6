using UnifiedVlm.Streams.Asking;
using UnifiedVlm.Streams.Events;

namespace UnifiedVlm.Server.Hosting;

/// <summary>What a serving node says and hears over Kafka beside documents.</summary>
/// <param name="Shards">Of the outbox, where the database has none yet.</param>
/// <param name="Publisher">Null: events stay in the outbox.</param>
/// <param name="Asks">Null: questions come over HTTP alone.</param>
internal sealed record EventOptions(int Shards, EventPublisherOptions? Publisher, AskOptions? Asks);
