using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Generation;

/// <summary>A prompt ready for the device. Built by <see cref="IPromptBuilder"/>; the pictures stand where the placeholders are.</summary>
public sealed class GenerationPrompt(PreparedWindow window) : IDisposable
{
    public PreparedWindow Window { get; } = window;

    /// <summary>How many documents of the evidence, the first ones, have come in whole or in part. Only these can be cited.</summary>
    public int EvidenceCount { get; init; }

    /// <summary>
    /// The question, where it is text alone and asked of evidence under the checkpoint's own instruction: by it the checkpoint's <c>refusal.json</c> decides whether the
    /// evidence answers. Null leaves that to the model's own words.
    /// </summary>
    public AskedSpan? Asked { get; set; }

    /// <summary>Who asks. What prompts begin with is computed once within a scope, never across two: how fast an answer comes would tell what others have asked.</summary>
    public string Scope { get; set; } = "";

    /// <summary>The same, to be disposed of by itself.</summary>
    public GenerationPrompt Copy() => new(Window.Copy()) { EvidenceCount = EvidenceCount, Asked = Asked, Scope = Scope };

    public void Dispose() => Window.Dispose();
}
