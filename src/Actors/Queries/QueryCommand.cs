using System.Diagnostics;
using System.Threading.Channels;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The protocol of a query actor.</summary>
/// <param name="Caller">Fires when the caller has gone or its time is up.</param>
internal abstract record QueryCommand(CancellationToken Caller)
{
    /// <summary>The span of whoever asks.</summary>
    public ActivityContext CallerSpan { get; } = Activity.Current?.Context ?? default;

    /// <summary>What its span is called.</summary>
    public abstract string Name { get; }
}

internal sealed record Search(SearchRequest Request, ReplyTo<SearchResponse> ReplyTo, CancellationToken Caller) : QueryCommand(Caller)
{
    public override string Name => "search";
}

/// <param name="Events">Completed at the end, with the failure if there was one.</param>
internal sealed record Answer(AnswerRequest Request, ChannelWriter<AnswerEvent> Events, CancellationToken Caller) : QueryCommand(Caller)
{
    public override string Name => "answer";
}

/// <param name="Events">Completed at the end, with the failure if there was one.</param>
internal sealed record Chat(ChatRequest Request, ChannelWriter<ChatEvent> Events, CancellationToken Caller) : QueryCommand(Caller)
{
    public override string Name => "chat";
}

internal sealed record Embed(IReadOnlyList<InterleavedDocument> Documents, ReplyTo<IReadOnlyList<EmbeddedDocument>> ReplyTo, CancellationToken Caller) : QueryCommand(Caller)
{
    public override string Name => "embed";
}

internal sealed record Rerank(RerankRequest Request, ReplyTo<RerankResponse> ReplyTo, CancellationToken Caller) : QueryCommand(Caller)
{
    public override string Name => "rerank";
}
