using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Generation;

/// <summary>Lays out question and evidence for the generator. Thread-safe; needs no weights.</summary>
public interface IPromptBuilder
{
    /// <summary>
    /// Instructions, evidence and question are kept apart by special ids that no text can produce. Evidence that does not fit the
    /// context is left out from the end; the question always stays.
    /// </summary>
    /// <exception cref="DocumentRejectedException">The question alone does not fit, or one of its pictures can't be read.</exception>
    GenerationPrompt Build(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int maxNewTokens, CancellationToken cancellationToken);
}
