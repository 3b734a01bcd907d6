using UnifiedVlm.Documents;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>One item as a model gets it, whatever the set's kind.</summary>
/// <param name="Content">What the model reads, pictures by path.</param>
/// <param name="Right">What is right; it is kept from the model.</param>
public sealed record SetItem(string Id, IReadOnlyList<InterleavedDocument> Content, IReadOnlyList<string> Right)
{
    /// <summary>Whether the content is a prompt: a question, and its evidence behind it. Otherwise it is embedded.</summary>
    public SetPrompt? Prompt { get; init; }

    /// <summary>A document of these parts.</summary>
    internal static InterleavedDocument Document(string id, params DocumentPart[] parts) => new() { Id = id, Parts = parts };
}

/// <param name="HasEvidence">With it the documents behind the question are what it is answered from.</param>
public sealed record SetPrompt(bool HasEvidence, int MaxTokens);
