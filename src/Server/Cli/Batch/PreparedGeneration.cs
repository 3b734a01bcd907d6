using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A request with its prompt laid out.</summary>
internal sealed record PreparedGeneration(GenerationPrompt Prompt, SamplingOptions Sampling) : IDisposable
{
    public void Dispose() => Prompt.Dispose();
}
