using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>The tokens [<paramref name="Start"/>, <paramref name="Start"/> + <paramref name="Length"/>) of one embedded part within a window.</summary>
public readonly record struct PartSpan(PartKind Kind, int Start, int Length);
