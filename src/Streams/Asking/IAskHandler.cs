namespace UnifiedVlm.Streams.Asking;

/// <summary>Answers questions. Thread-safe.</summary>
public interface IAskHandler
{
    /// <summary>Whatever is wrong with a question is a reply; only the token's end is thrown.</summary>
    Task<AskReply> AnswerAsync(AskedQuestion question, CancellationToken cancellationToken);

    /// <summary>The reply to what was not even asked.</summary>
    /// <param name="field">The header that is wrong; null: none is.</param>
    AskReply Refuse(int status, string title, string detail, string? field);
}
