using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/chat/completions.</summary>
/// <param name="Collection">Only with a model that answers from documents.</param>
internal sealed record ChatCall(string Model, ChatRequest Request, bool Stream, bool IncludeUsage, bool Logprobs, string? Collection, string? Tenant);
