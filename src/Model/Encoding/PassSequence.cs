using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>A window on its way through the decoder, perhaps with tokens after its summary prompt.</summary>
/// <param name="SummaryEnd">The token after the summary prompt; 0 for a window that asks for no summary.</param>
/// <param name="Cut">What the tokens after the prompt do not see; null if nothing.</param>
public readonly record struct PassSequence(PreparedWindow Window, int SummaryEnd, SequenceCut? Cut = null);
