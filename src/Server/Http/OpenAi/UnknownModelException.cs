namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The request names a model that this node does not serve.</summary>
internal sealed class UnknownModelException(string model, IEnumerable<string> served)
    : Exception($"The model '{model}' does not exist here. This server has {string.Join(" and ", served)}.");
