using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Generation;

/// <summary>A prompt ready for the device. Built by <see cref="IPromptBuilder"/>; the pictures stand where the placeholders are.</summary>
public sealed class GenerationPrompt(PreparedWindow window) : IDisposable
{
    public PreparedWindow Window { get; } = window;

    public void Dispose() => Window.Dispose();
}
