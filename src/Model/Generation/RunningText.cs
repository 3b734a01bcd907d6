using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Generation;

/// <summary>A text in the making: its cache, and what the next pass has to read.</summary>
/// <param name="prefix">What others may share of the prompt, once it has been read.</param>
internal sealed class RunningText(
    PreparedWindow prompt, KeyValueCache cache, CachedPrefix prefix, LoraAdapter? adapter, TokenSampler sampler, StreamingDecoder decoder, TextRules rules, int maxTokens)
    : ITextGeneration
{
    private int last;
    private int tokens;

    public KeyValueCache Cache => cache;

    /// <summary>Null is the base.</summary>
    public LoraAdapter? Adapter => adapter;

    /// <summary>Its prompt has not been read to the end.</summary>
    public bool IsReading => cache.Length < prompt.TokenIds.Length;

    public bool IsFinished { get; private set; }

    /// <summary>By the model, not by the limit.</summary>
    public bool HasEnded { get; private set; }

    /// <param name="promptTokens">The most of the prompt.</param>
    public PromptStretch Next(int promptTokens) => IsReading
        ? PromptStretch.Of(prompt, cache.Length, promptTokens, rules.ImageToken, rules.ImageTokens)
        : new PromptStretch([last], null, 0, 0, ChoosesNext: true);

    /// <summary>A pass has read something of it.</summary>
    public void HasBeenRead()
    {
        if (tokens == 0 && !IsReading)
            cache.Share(prefix);
    }

    /// <param name="logits">After the last id that was read.</param>
    /// <param name="logSum">The logarithm of the sum of their exponentials.</param>
    /// <returns>Null when the model ends the text.</returns>
    public GeneratedToken? Choose(ReadOnlySpan<float> logits, float logSum)
    {
        last = sampler.Choose(logits, rules.Banned);
        sampler.Observe(last);
        HasEnded = rules.Stops.Contains(last);
        IsFinished = HasEnded || ++tokens == maxTokens;
        return HasEnded ? null : new GeneratedToken(last, decoder.Append(last) + (IsFinished ? decoder.Finish() : ""), logits[last] - logSum);
    }

    public void Dispose() => cache.Dispose();
}
