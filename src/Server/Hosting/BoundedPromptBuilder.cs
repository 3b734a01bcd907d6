using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Hosting;

/// <summary>Builds prompts whose pictures keep to the node's memory limit. Thread-safe.</summary>
/// <param name="bounds">Shared with everything else that decodes.</param>
internal sealed class BoundedPromptBuilder(IPromptBuilder prompts, PictureBounds bounds) : IPromptBuilder
{
    /// <inheritdoc/>
    public int ContextTokens => prompts.ContextTokens;

    /// <inheritdoc/>
    public GenerationPrompt Build(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int maxNewTokens, CancellationToken cancellationToken) =>
        bounds.Decode("parts", Parts(question, evidence), () => prompts.Build(question, evidence, maxNewTokens, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public GenerationPrompt Build(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, string? instruction, int maxNewTokens, CancellationToken cancellationToken) =>
        bounds.Decode("parts", Parts(question, evidence), () => prompts.Build(question, evidence, instruction, maxNewTokens, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public GenerationPrompt BuildChat(IReadOnlyList<ChatTurn> turns, int maxNewTokens, CancellationToken cancellationToken) =>
        bounds.Decode(
            "messages",
            turns.SelectMany(static turn => turn.Parts.Select((part, i) => ($"{turn.Field}.content[{i}]", part))),
            () => prompts.BuildChat(turns, maxNewTokens, cancellationToken),
            cancellationToken);

    private static IEnumerable<(string Field, DocumentPart Part)> Parts(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence) =>
        Parts(question, "").Concat(evidence.SelectMany(static (document, i) => Parts(document, $"evidence[{i}].")));

    private static IEnumerable<(string Field, DocumentPart Part)> Parts(InterleavedDocument document, string prefix) =>
        document.Parts.Select((part, i) => ($"{prefix}parts[{i}]", part));
}
