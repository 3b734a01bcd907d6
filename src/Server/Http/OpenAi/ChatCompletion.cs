using System.Text.Json.Serialization;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The reply of POST /v1/chat/completions without streaming.</summary>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="SystemFingerprint">Of model, checkpoint and head.</param>
internal sealed record ChatCompletion(string Id, long Created, string Model, string SystemFingerprint, ChatChoice[] Choices, Usage Usage)
{
    public string Object => "chat.completion";
}

/// <param name="FinishReason">stop or length.</param>
internal sealed record ChatChoice(int Index, ChatMessage Message, ChatLogprobs? Logprobs, string FinishReason);

/// <param name="Annotations">Only of an answer from documents: what it cites.</param>
internal sealed record ChatMessage(
    string Role, string Content, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatCitation[]? Annotations = null)
{
    public string? Refusal => null;
}

/// <summary>A citation [n] in the text: as OpenAI's clients read one of a page, and as this server has it.</summary>
/// <param name="Index">Among the annotations, from 0: clients that put streamed lists together ask for it.</param>
/// <param name="Number">n.</param>
/// <param name="Position">Index in the content, in UTF-16 code units, of the bracket that opens the citation.</param>
internal sealed record ChatCitation(int Index, UrlCitation UrlCitation, int Number, string DocumentId, int Position)
{
    public string Type => "url_citation";
}

/// <param name="StartIndex">Of the bracket that opens the citation, in characters of Unicode.</param>
/// <param name="EndIndex">Behind the bracket that closes it.</param>
/// <param name="Url">Where the document is read, at this server.</param>
/// <param name="Title">The document's id where it has none: clients insist on one.</param>
internal sealed record UrlCitation(int StartIndex, int EndIndex, string Url, string Title);

internal sealed record ChatLogprobs(ChatLogprob[] Content);

/// <param name="Bytes">UTF-8 of the token.</param>
internal sealed record ChatLogprob(string Token, float Logprob, int[] Bytes)
{
    public string[] TopLogprobs => [];
}
