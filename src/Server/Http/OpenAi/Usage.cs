using System.Text.Json.Serialization;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <param name="CompletionTokens">Left out where nothing is generated.</param>
internal sealed record Usage(int PromptTokens, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? CompletionTokens, int TotalTokens)
{
    public static Usage OfInput(int tokens) => new(tokens, null, tokens);

    public static Usage OfChat(int prompt, int completion) => new(prompt, completion, prompt + completion);
}
