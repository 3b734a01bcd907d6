namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Continues a prompt token by token. Enumerating one step at a time lets the device actor do other work between steps.
/// One thread at a time: the device actor owns it.
/// </summary>
public interface ITextGenerator
{
    /// <summary>Each step runs the model once. Disposing the enumerator frees the KV cache.</summary>
    /// <exception cref="Adapters.UnknownAdapterException">The options name an adapter that is not there.</exception>
    IEnumerable<GeneratedToken> Generate(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken);
}
