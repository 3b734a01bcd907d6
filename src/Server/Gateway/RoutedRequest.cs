using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Server.Gateway;

/// <summary>What a gateway has to know of a request to choose a node for it.</summary>
/// <param name="Tokens">About what a question comes to.</param>
/// <param name="MayRepeat">
/// Sent twice it does no more than sent once: it is safe (a question changes nothing, whatever its method), or says by an idempotency key that it counts once where
/// such a key is read.
/// </param>
/// <param name="IsOwn">The gateway's to answer.</param>
/// <param name="IsOpenAi">Failures are told as OpenAI's clients read them.</param>
internal readonly record struct RoutedRequest(RequestKind Kind, int Tokens, bool MayRepeat, bool IsOwn, bool IsOpenAi)
{
    /// <summary>What the largest question is taken to come to.</summary>
    public const int MostTokens = 1024;

    private const int LeastTokens = 32;

    /// <summary>Of a body that does not say how long it is.</summary>
    private const int UsualTokens = 64;

    private const int BytesPerToken = 4;

    private static readonly Dictionary<string, (RequestKind Kind, bool MayRepeat)> Questions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["/v1/search"] = (RequestKind.Question, true),
        ["/v1/embeddings"] = (RequestKind.Question, true),
        ["/v1/rerank"] = (RequestKind.Question, true),
        ["/v2/rerank"] = (RequestKind.Question, true),
        ["/v1/answer"] = (RequestKind.Generation, true),
        ["/v1/chat/completions"] = (RequestKind.Generation, true),
        // A query is encoded and then saved: twice, if it is sent twice.
        ["/v1/subscriptions"] = (RequestKind.Question, false),
    };

    public static RoutedRequest Read(HttpRequest request)
    {
        var path = (request.Path.Value ?? "").TrimEnd('/');
        var isOpenAi = OpenAiPath.Is(request.Path);
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (!HttpMethods.IsPost(request.Method) || !Questions.TryGetValue(path, out var question))
        {
            // A picture is named by its content, so that a repeated upload changes nothing.
            var counts = !isSafe && !(request.Headers.ContainsKey("Idempotency-Key") && ReadsKey(request.Method, path)) && !path.Equals("/v1/blobs", StringComparison.OrdinalIgnoreCase);
            return new RoutedRequest(RequestKind.Other, 0, !counts, IsOwn: isSafe && path is "/health" or "/alive", isOpenAi);
        }

        var tokens = request.ContentLength is { } bytes ? (int)Math.Clamp(bytes / BytesPerToken, LeastTokens, MostTokens) : UsualTokens;
        return new RoutedRequest(question.Kind, tokens, question.MayRepeat, IsOwn: false, isOpenAi);
    }

    /// <summary>Pushes and deletions are known again by their key; elsewhere it is a header like any other.</summary>
    private static bool ReadsKey(string method, string path) => HttpMethods.IsPost(method)
        ? path.Equals("/v1/documents", StringComparison.OrdinalIgnoreCase)
        : HttpMethods.IsDelete(method) && path.StartsWith(DocumentPath.Prefix, StringComparison.OrdinalIgnoreCase);
}
