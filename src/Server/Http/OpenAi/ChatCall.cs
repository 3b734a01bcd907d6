using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/chat/completions.</summary>
/// <param name="IsLimited">It says how long the answer may be.</param>
/// <param name="Collection">Only with a model that answers from documents.</param>
internal sealed record ChatCall(string Model, ChatRequest Request, bool Stream, bool IncludeUsage, bool Logprobs, bool IsLimited, string? Collection, string? Tenant);
