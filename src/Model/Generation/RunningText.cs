using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Generation;

/// <summary>A text in the making: its cache, and what the next pass has to read.</summary>
/// <param name="prefix">What others may share of the prompt, once it has been read.</param>
/// <param name="choice">Null where refusing is left to the model's own words.</param>
internal sealed class RunningText(
    PreparedWindow prompt, KeyValueCache cache, CachedPrefix prefix, LoraAdapter? adapter, TokenSampler sampler, StreamingDecoder decoder, TextRules rules, int maxTokens,
    RefusalChoice? choice = null)
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

    /// <summary>Null where nothing was decided by them.</summary>
    public RefusalSigns? Signs => choice?.Signs;

    /// <param name="promptTokens">The most of the prompt.</param>
    public PromptStretch Next(int promptTokens) => IsReading
        ? PromptStretch.Of(prompt, cache.Length, promptTokens, rules.ImageToken, rules.ImageTokens, choice)
        : new PromptStretch([last], null, 0, 0, ChoosesNext: true);

    /// <summary>A pass has read something of it.</summary>
    public void HasBeenRead()
    {
        if (tokens > 0 || IsReading)
            return;
        cache.TakeBack(prompt.TokenIds.Length);
        cache.Share(prefix);
    }

    /// <param name="logits">[rows,V], of the rows that its stretch asked for; the last one after the last id that was read.</param>
    /// <param name="logSums">The logarithms of the sums of their exponentials.</param>
    /// <returns>Null when the model ends the text, unless it leaves a character of it open.</returns>
    public GeneratedToken? Choose(ReadOnlySpan<float> logits, ReadOnlySpan<float> logSums)
    {
        var row = choice is { Signs: null } ? choice.Decide(prompt.TokenIds, logits, logSums) : 0;
        var vocabulary = logits.Length / logSums.Length;
        return Choose(logits.Slice(row * vocabulary, vocabulary), logSums[row]);
    }

    private GeneratedToken? Choose(ReadOnlySpan<float> logits, float logSum)
    {
        last = choice?.Forced(tokens) ?? sampler.Choose(choice is null ? logits : choice.WithoutRefusal(logits, tokens, last), rules.Banned);
        sampler.Observe(last);
        HasEnded = rules.Stops.Contains(last);
        IsFinished = HasEnded || ++tokens == maxTokens;
        var text = (HasEnded ? "" : decoder.Append(last)) + (IsFinished ? decoder.Finish() : "");

        // A character that the model has left open comes with the token that ends the text, as it does with the last one at the limit.
        return HasEnded && text.Length == 0 ? null : new GeneratedToken(last, text, logits[last] - logSum);
    }

    public void Dispose() => cache.Dispose();
}
