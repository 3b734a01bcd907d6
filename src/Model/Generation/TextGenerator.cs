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
        // Here and not at the first step, where an iterator would: what can't be done is said at once.
        Check(prompt);
        var sampler = new TokenSampler(sampling, prompt.Window.TokenIds);
        var adapter = sampling.Adapter is { } name ? adapters.Find(name) : null;
        return Steps(prompt.Window, adapter, sampler, Room(prompt, sampling), cancellationToken);
    }

    /// <summary>A continuation whose steps are run by the caller, with others' in one pass: see <see cref="Step"/>.</summary>
    public RunningText Begin(GenerationPrompt prompt, SamplingOptions sampling)
    {
        Check(prompt);
        return Begin(prompt.Window, new TokenSampler(sampling, prompt.Window.TokenIds), Room(prompt, sampling));
    }

    /// <summary>Runs the model over the next tokens of every text, and lets each choose the one after.</summary>
    /// <param name="adapter">Of them all; null is the base.</param>
    /// <returns>For each the token chosen; null where the text has ended.</returns>
    public GeneratedToken?[] Step(IReadOnlyList<RunningText> texts, LoraAdapter? adapter)
    {
        var logits = Logits(texts, adapter);
        var vocabulary = model.Config.LmVocabSize;
        return [.. texts.Select((text, i) => text.Choose(logits.AsSpan(i * vocabulary, vocabulary)))];
    }

    private IEnumerable<GeneratedToken> Steps(PreparedWindow window, LoraAdapter? adapter, TokenSampler sampler, int maxTokens, CancellationToken cancellationToken)
    {
        using var text = Begin(window, sampler, maxTokens);
        while (!text.IsFinished)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Step([text], adapter)[0] is { } token)
                yield return token;
        }
    }

    private RunningText Begin(PreparedWindow window, TokenSampler sampler, int maxTokens) => new(
        window, new KeyValueCache(model.Config, window.TokenIds.Length + maxTokens, model.Device), sampler, tokenizer.StreamDecoder(skipSpecials: true), banned, format.Stops, maxTokens);

    private void Check(GenerationPrompt prompt)
    {
        var length = prompt.Window.TokenIds.Length;
        if (length >= model.Config.LmMaxPositions)
            throw new ArgumentException($"The prompt's {length} tokens leave no room in a context of {model.Config.LmMaxPositions}.", nameof(prompt));
    }

    private int Room(GenerationPrompt prompt, SamplingOptions sampling) => Math.Min(sampling.MaxTokens, model.Config.LmMaxPositions - prompt.Window.TokenIds.Length);

    /// <summary>One pass over new tokens.</summary>
    /// <returns>[texts,V]: the logits after the last token of each.</returns>
    private float[] Logits(IReadOnlyList<RunningText> texts, LoraAdapter? adapter)
    {
        // Of this thread and this step alone: between steps other generations may run here.
        using var chosen = adapter is null ? null : AdapterScope.Enter(adapter);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        int[] ids = [.. texts.SelectMany(static text => text.Next)];
        var layout = SequenceLayout.Continue([.. texts.Select(static text => text.Next.Length)], [.. texts.Select(static text => text.Cache.Length)]);
        var hidden = model.HiddenWithCaches(model.Embed(ids, ImageTokens(texts), format.ImageToken), layout, [.. texts.Select(static text => text.Cache)]);
        long[] last = [.. layout.Starts.Zip(layout.Lengths, static (start, length) => start + length - 1L)];
        return model.Logits(hidden.index_select(0, tensor(last, device: model.Device))).cpu().data<float>();
    }

    /// <summary>Of the pictures that are read in this pass, [n,I,d]; null without.</summary>
    private Tensor? ImageTokens(IReadOnlyList<RunningText> texts)
    {
        var side = model.Config.VitImageSize;
        var tokens = texts
            .Select(static text => text.Pictures)
            .OfType<PreparedWindow>()
            .Select(window => model.Project(model.EncodePictures(tensor(window.Pixels, [window.ImageCount, 3, side, side], device: model.Device))))
            .ToList();
        return tokens.Count switch
        {
            0 => null,
            1 => tokens[0],
            _ => cat(tokens),
        };
    }
}
