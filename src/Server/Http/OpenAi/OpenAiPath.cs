namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>
/// The paths that OpenAI's clients call, and those that speak like them: failures there are written the way such clients read them, also where nothing is served or the
/// method is another.
/// </summary>
internal static class OpenAiPath
{
    private static readonly PathString[] Paths =
    [
        "/v1/assistants", "/v1/audio", "/v1/batches", "/v1/chat", "/v1/completions", "/v1/conversations", "/v1/embeddings", "/v1/files", "/v1/fine_tuning", "/v1/images", "/v1/models",
        "/v1/moderations", "/v1/realtime", "/v1/rerank", "/v1/responses", "/v1/threads", "/v1/uploads", "/v1/vector_stores", "/v1/videos", "/v2/rerank",
    ];

    /// <summary>Routes don't mind the case.</summary>
    public static bool Is(PathString path) => Array.Exists(Paths, known => path.StartsWithSegments(known, StringComparison.OrdinalIgnoreCase));
}
