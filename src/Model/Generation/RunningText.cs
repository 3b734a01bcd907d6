using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Generation;

/// <summary>A text in the making: its cache, and what the next pass has to read.</summary>
internal sealed class RunningText(
    PreparedWindow prompt, KeyValueCache cache, TokenSampler sampler, StreamingDecoder decoder, IReadOnlySet<int> banned, IReadOnlySet<int> stops, int maxTokens) : IDisposable
{
    private int tokens;

    public KeyValueCache Cache => cache;

    /// <summary>Ids that the next pass reads: first the prompt's, then the last one chosen.</summary>
    public int[] Next { get; private set; } = prompt.TokenIds;

    /// <summary>The prompt, where the next pass reads it and it has pictures.</summary>
    public PreparedWindow? Pictures => tokens == 0 && prompt.ImageCount > 0 ? prompt : null;

    /// <summary>The model has ended the text, or it has as many tokens as it may.</summary>
    public bool IsFinished { get; private set; }

    /// <param name="logits">After the last id of <see cref="Next"/>.</param>
    /// <returns>Null when the model ends the text.</returns>
    public GeneratedToken? Choose(ReadOnlySpan<float> logits)
    {
        var (id, logProbability) = sampler.Choose(logits, banned);
        sampler.Observe(id);
        IsFinished = stops.Contains(id) || ++tokens == maxTokens;
        Next = [id];
        return stops.Contains(id) ? null : new GeneratedToken(id, decoder.Append(id) + (IsFinished ? decoder.Finish() : ""), logProbability);
    }

    public void Dispose() => cache.Dispose();
}
