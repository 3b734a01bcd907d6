using System.Diagnostics;
using UnifiedVlm.Actors.Telemetry;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Spans of questions: one for the question, one for each step of it.</summary>
internal static class QueryTraces
{
    private static readonly ActivitySource Source = new(QueryMeter.Name);

    /// <param name="caller">Of whoever asks: the actor that works on it has no current span of its own.</param>
    public static Activity? BeginQuestion(string what, ActivityContext caller) => Source.StartActivity(what, ActivityKind.Internal, caller);

    /// <summary>A step of the current question.</summary>
    public static Activity? BeginStep(string step) => Source.StartActivity(step);

    /// <summary>Vectors for a question.</summary>
    public static Activity? BeginEncode(int tokens)
    {
        var span = BeginStep("encode");
        span?.SetTag("gen_ai.operation.name", "embeddings");
        span?.SetTag("gen_ai.usage.input_tokens", tokens);
        return span;
    }

    /// <param name="model">What the model is called; empty where nobody has said.</param>
    public static Activity? BeginGeneration(string model, int promptTokens, int maxTokens)
    {
        // Over several calls of an enumerator: no flow of control owns it.
        if (Source.StartDetached($"chat {model}".TrimEnd(), ActivityKind.Internal, Activity.Current?.Context ?? default) is not { } span)
            return null;
        span.SetTag("gen_ai.operation.name", "chat");
        span.SetTag("gen_ai.provider.name", GenerationMeter.Provider);
        if (model.Length > 0)
            span.SetTag("gen_ai.request.model", model);
        span.SetTag("gen_ai.request.max_tokens", maxTokens);
        span.SetTag("gen_ai.usage.input_tokens", promptTokens);
        return span;
    }
}
