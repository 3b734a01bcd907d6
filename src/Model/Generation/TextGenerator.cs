using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Generation;

/// <summary>Continues prompts with a KV cache of their own. No tensor scope is open between steps, so other work may run there.</summary>
internal sealed class TextGenerator(VisionLanguageModel model, Tokenizer tokenizer, ChatFormat format, AdapterLibrary adapters) : ITextGenerator
{
    /// <summary>Special tokens that do not end a turn: no answer may contain a picture's placeholder or open another role's turn. And ids that name no token.</summary>
    private readonly HashSet<int> banned =
    [
        .. tokenizer.AddedTokens.Where(t => t.Special && !format.Stops.Contains(t.Id)).Select(static t => t.Id),
        .. Enumerable.Range(0, model.Config.LmVocabSize).Where(id => tokenizer.Token(id) is null),
        format.ImageToken,
    ];

    public IEnumerable<GeneratedToken> Generate(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        // Checked here and not at the first step, where an iterator would.
        var sampler = new TokenSampler(sampling);
        var adapter = sampling.Adapter is { } name ? adapters.Find(name) : null;
        var length = prompt.Window.TokenIds.Length;
        if (length >= model.Config.LmMaxPositions)
            throw new ArgumentException($"The prompt's {length} tokens leave no room in a context of {model.Config.LmMaxPositions}.", nameof(prompt));
        return Steps(prompt.Window, adapter, sampler, Math.Min(sampling.MaxTokens, model.Config.LmMaxPositions - length), cancellationToken);
    }

    private IEnumerable<GeneratedToken> Steps(PreparedWindow window, LoraAdapter? adapter, TokenSampler sampler, int maxTokens, CancellationToken cancellationToken)
    {
        using var cache = new KeyValueCache(model.Config, window.TokenIds.Length + maxTokens, model.Device);
        var decoder = tokenizer.StreamDecoder(skipSpecials: true);
        var logits = Logits(window.TokenIds, window, adapter, cache);
        for (var i = 1; ; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (id, logProbability) = sampler.Choose(logits, banned);
            if (format.Stops.Contains(id))
                yield break;
            var isLast = i == maxTokens;
            yield return new GeneratedToken(id, decoder.Append(id) + (isLast ? decoder.Finish() : ""), logProbability);
            if (isLast)
                yield break;
            cancellationToken.ThrowIfCancellationRequested();
            logits = Logits([id], null, adapter, cache);
        }
    }

    /// <summary>Runs the model over new tokens.</summary>
    /// <returns>The logits after the last one.</returns>
    private float[] Logits(int[] ids, PreparedWindow? pictures, LoraAdapter? adapter, KeyValueCache cache)
    {
        // Of this thread and this step alone: between steps other generations may run here.
        using var chosen = adapter is null ? null : AdapterScope.Enter(adapter);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var embeddings = model.Embed(ids, pictures is { ImageCount: > 0 } ? ImageTokens(pictures) : null, format.ImageToken);
        var hidden = model.Hidden(embeddings, SequenceLayout.Continue(ids.Length, cache.Length), cache);
        return model.Logits(hidden.narrow(0, ids.Length - 1, 1)).cpu().data<float>();
    }

    private Tensor ImageTokens(PreparedWindow window)
    {
        var side = model.Config.VitImageSize;
        return model.Project(model.EncodePictures(tensor(window.Pixels, [window.ImageCount, 3, side, side], device: model.Device)));
    }
}
