using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Generation;

/// <summary>Lays out question and evidence for the generator. Thread-safe; needs no weights.</summary>
public interface IPromptBuilder
{
    /// <summary>Tokens that prompt and continuation may have together.</summary>
    int ContextTokens { get; }

    /// <summary>
    /// A question to be answered from evidence, under the checkpoint's own instruction. Instruction, evidence and question are kept apart by
    /// special ids that no text can produce. Evidence that does not fit the context is left out from the end; the question always stays.
    /// </summary>
    /// <param name="maxNewTokens">
    /// Kept free in the context, as an upper bound: where the question or the first piece of evidence has no room beside so many, the answer has what they leave it, 32 at least.
    /// </param>
    /// <exception cref="DocumentRejectedException">The question alone does not fit, or one of its pictures can't be read.</exception>
    GenerationPrompt Build(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int maxNewTokens, CancellationToken cancellationToken);

    /// <summary>The same layout under an instruction of the caller's, or under none.</summary>
    /// <param name="question">With no evidence it may be about its own content: a picture and what is asked about it.</param>
    /// <param name="evidence">In order of rank; may be empty.</param>
    /// <param name="instruction">The system's turn; null leaves the turn out.</param>
    /// <exception cref="DocumentRejectedException">The question alone does not fit, or one of its pictures can't be read.</exception>
    GenerationPrompt Build(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, string? instruction, int maxNewTokens, CancellationToken cancellationToken);

    /// <summary>A conversation, ending where the assistant is to speak. Nothing of it is left out.</summary>
    /// <param name="turns">At least one.</param>
    /// <param name="maxNewTokens">Kept free in the context.</param>
    /// <exception cref="DocumentRejectedException">The turns do not fit, or one of their pictures can't be read.</exception>
    GenerationPrompt BuildChat(IReadOnlyList<ChatTurn> turns, int maxNewTokens, CancellationToken cancellationToken);
}
