using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Generation;

/// <summary>A document among the evidence of a prompt.</summary>
internal sealed record PromptEvidence(string? Title, IEnumerable<LayoutPart> Parts);
