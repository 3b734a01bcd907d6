namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Continues many prompts side by side, a step at a time, so that the device actor can let texts come and go and do other work between steps
/// (continuous batching; Yu et al., "Orca", OSDI 2022). One thread at a time: the device actor owns it.
/// </summary>
public interface ITextGenerator
{
    /// <summary>The blocks of the KV cache. From any thread.</summary>
    CacheUsage Cache { get; }

    /// <summary>Takes room for a prompt and all it may be continued by. Nothing is computed yet.</summary>
    /// <param name="prompt">Kept until its last token has been read; its owner disposes of it after the generation.</param>
    /// <returns>Null while others have the room: to be tried again when one of them has ended.</returns>
    /// <exception cref="Adapters.UnknownAdapterException">The options name an adapter that is not there.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or the prompt fills the context.</exception>
    ITextGeneration? TryBegin(GenerationPrompt prompt, SamplingOptions sampling);

    /// <summary>
    /// One pass over all: a token for each whose prompt has been read, and as much of the other prompts as the limit allows, in the order given. A
    /// failure is that of the texts alone that cause it: a pass that fails is run once more for each of its texts.
    /// </summary>
    /// <param name="generations">Not finished ones of this generator.</param>
    /// <param name="promptTokens">Tokens of prompts to read, at least 1. Pictures are never cut, so it may be exceeded by most of one.</param>
    /// <returns>For each generation, in the order given.</returns>
    IReadOnlyList<TextStep> Step(IReadOnlyList<ITextGeneration> generations, int promptTokens);
}
