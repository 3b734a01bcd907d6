namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Metadata of a route whose failures are written the way OpenAI's clients read them.</summary>
internal sealed class OpenAiRoute
{
    public static OpenAiRoute Instance { get; } = new();
}
