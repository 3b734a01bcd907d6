using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model;

/// <summary>ONE set of weights in its two uses, with the weightless work that surrounds them.</summary>
public interface IUnifiedModel : IDisposable
{
    /// <summary>False when the weights came from a seed and nothing was learned: callers must say so.</summary>
    bool IsTrained { get; }

    IDocumentPreparer Preparer { get; }

    IPromptBuilder Prompts { get; }

    ISequenceEncoder Encoder { get; }

    ITextGenerator Generator { get; }
}
