using System.Runtime.ExceptionServices;

namespace UnifiedVlm.Model.Generation;

/// <summary>One text at a time.</summary>
public static class TextGeneratorExtensions
{
    /// <summary>Continues one prompt. The caller steps it by enumerating; disposing of the enumerator gives its part of the KV cache back.</summary>
    /// <exception cref="Adapters.UnknownAdapterException">The options name an adapter that is not there.</exception>
    /// <exception cref="ModelOutputException">The model's probabilities are no numbers; thrown by the enumeration.</exception>
    /// <exception cref="InvalidOperationException">Other texts under way have the room.</exception>
    public static IEnumerable<GeneratedToken> Generate(
        this ITextGenerator generator, GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(prompt);

        // Here and not at the first step, where an iterator would: what can't be done is said at once.
        var text = generator.TryBegin(prompt, sampling) ?? throw new InvalidOperationException("The KV cache is full of other texts.");
        return Steps(generator, text, prompt.Window.TokenIds.Length, cancellationToken);
    }

    private static IEnumerable<GeneratedToken> Steps(ITextGenerator generator, ITextGeneration generation, int promptTokens, CancellationToken cancellationToken)
    {
        using var text = generation;
        while (!text.IsFinished)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = generator.Step([text], promptTokens)[0];
            if (step.Failure is ModelOutputException output)
                ExceptionDispatchInfo.Throw(output);
            if (step.Failure is { } failure)
                throw new InvalidOperationException($"Generating failed: {failure.Message}", failure);
            if (step.Token is { } token)
                yield return token;
        }
    }
}
