using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A conversation to be continued by the model alone, without documents.</summary>
/// <param name="Turns">At least one; the last is usually the user's.</param>
public sealed record ChatRequest(IReadOnlyList<ChatTurn> Turns)
{
    /// <summary>Whose it is: what conversations begin with is computed once for a tenant, never for two.</summary>
    public string Tenant { get; init; } = InterleavedDocument.DefaultTenant;

    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>Texts that end the answer and are no part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The answer may be as long as the context leaves room for, up to <see cref="SamplingOptions.MaxTokens"/>; otherwise a conversation that leaves less is refused.</summary>
    public bool FillsContext { get; init; }
}
