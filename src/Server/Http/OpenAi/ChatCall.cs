using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/chat/completions.</summary>
/// <param name="IsLimited">It says how long the answer may be.</param>
/// <param name="IsSampled">It says how freely tokens are chosen.</param>
/// <param name="Collection">Only with a model that answers from documents.</param>
internal sealed record ChatCall(string Model, ChatRequest Request, bool Stream, bool IncludeUsage, bool Logprobs, bool IsLimited, bool IsSampled, string? Collection, string? Tenant)
{
    /// <summary>Of an answer from documents: the likeliest tokens, as POST /v1/answer takes them, unless the client says otherwise.</summary>
    public SamplingOptions DocumentSampling => IsSampled ? Request.Sampling : Request.Sampling with { Temperature = SamplingOptions.Greedy.Temperature };
}
