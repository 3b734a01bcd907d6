using System.Runtime.InteropServices;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Generation;

/// <summary>Texts that share a KV cache. No tensor scope is open between steps, so other work may run there.</summary>
internal sealed class TextGenerator(
    VisionLanguageModel model, Tokenizer tokenizer, ChatFormat format, AdapterLibrary adapters, GenerationOptions options, RefusalSettings? refusal = null) : ITextGenerator, IDisposable
{
    private readonly TextRules rules = new(model.Config, tokenizer, format);
    private readonly int[] refusalIds = [.. tokenizer.Encode(PreparationSettings.Refusal), format.Close[0]];
    private readonly KeyValuePool pool = new(model.Config, options.CacheTokens(model.Config, model.Type), model.Device, model.Type);

    public Device Device => model.Device;

    /// <summary>The checkpoint's own; null where it has none.</summary>
    public RefusalSettings? Refusal => refusal;

    public CacheUsage Cache => new(pool.UsedBlocks, pool.Blocks, pool.Bytes, pool.SharedTokens);

    public ITextGeneration? TryBegin(GenerationPrompt prompt, SamplingOptions sampling) => TryBegin(pool, prompt, sampling);

    /// <summary>A cache of its own for texts of one thread.</summary>
    public KeyValuePool NewPool(int texts) => new(
        model.Config, (int)Math.Min((long)texts * model.Config.LmMaxPositions, options.CacheTokens(model.Config, model.Type)), model.Device, model.Type);

    /// <inheritdoc cref="ITextGenerator.TryBegin"/>
    public RunningText? TryBegin(KeyValuePool room, GenerationPrompt prompt, SamplingOptions sampling) => TryBegin(room, prompt, sampling, refusal);

    /// <inheritdoc cref="ITextGenerator.TryBegin"/>
    /// <param name="refusing">In place of the checkpoint's own.</param>
    public RunningText? TryBegin(KeyValuePool room, GenerationPrompt prompt, SamplingOptions sampling, RefusalSettings? refusing)
    {
        var ids = prompt.Window.TokenIds;
        if (ids.Length >= model.Config.LmMaxPositions)
            throw new ArgumentException($"The prompt's {ids.Length} tokens leave no room in a context of {model.Config.LmMaxPositions}.", nameof(prompt));
        var sampler = new TokenSampler(sampling, ids);
        var adapter = sampling.Adapter is { } name ? adapters.Find(name) : null;
        var maxTokens = Math.Min(sampling.MaxTokens, model.Config.LmMaxPositions - ids.Length);

        // The last token is always read: the first choice is made from its state. What a picture shows is not in the ids.
        // Where a refusal is decided on, all is read that it is decided by.
        var choice = Choice(prompt, sampling, refusing);
        var picture = Array.IndexOf(ids, rules.ImageToken);
        var readAnew = choice?.First ?? ids.Length - 1;
        var sharable = picture < 0 ? readAnew : Math.Min(picture, readAnew);
        var prefix = new CachedPrefix($"{sampling.Adapter?.Length}:{sampling.Adapter}:{prompt.Scope}", ids.AsMemory(0, sharable));
        return room.TryReserve(ids.Length + Math.Max(maxTokens, choice?.Behind.Length ?? 0), prefix) is { } cache
            ? new RunningText(prompt.Window, cache, prefix, adapter, sampler, tokenizer.StreamDecoder(skipSpecials: true), rules, maxTokens, choice)
            : null;
    }

    /// <summary>Only for the weights that it was measured with: an adapter's refusals are its own. And where the context has no room to look ahead, there is none.</summary>
    private RefusalChoice? Choice(GenerationPrompt prompt, SamplingOptions sampling, RefusalSettings? refusing)
    {
        var tokens = prompt.Window.TokenIds.Length;
        return refusing is not null && prompt.Asked is { } asked && asked.FitsInto(tokens) && sampling.Adapter is null && tokens + refusalIds.Length - 1 <= model.Config.LmMaxPositions
            ? new RefusalChoice(refusing, refusalIds, asked)
            : null;
    }

    public IReadOnlyList<TextStep> Step(IReadOnlyList<ITextGeneration> generations, int promptTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(promptTokens, 1);
        var steps = new TextStep[generations.Count];
        var left = promptTokens;
        var due = new List<(int Place, RunningText Text, PromptStretch Next)>(generations.Count);
        for (var i = 0; i < generations.Count; i++)
        {
            var text = (RunningText)generations[i];
            if (text.IsReading && left <= 0)
                continue;
            var next = text.Next(left);
            left -= text.IsReading ? next.Ids.Length : 0;
            due.Add((i, text, next));
        }

        // Those with one token first: their attention is one call.
        foreach (var group in due.OrderBy(static member => member.Next.Ids.Length > 1).GroupBy(static member => member.Text.Adapter))
        {
            List<(int Place, RunningText Text, PromptStretch Next)> members = [.. group];
            try
            {
                Run(members, steps);
            }
            catch (Exception failure) when (members.Count == 1)
            {
                steps[members[0].Place] = new TextStep(null, failure);
            }
            catch (Exception)
            {
                foreach (var member in members)
                    RunAlone(member, steps);
            }
        }

        return steps;
    }

    public void Dispose() => pool.Dispose();

    private void RunAlone((int Place, RunningText Text, PromptStretch Next) member, TextStep[] steps)
    {
        try
        {
            Run([member], steps);
        }
        catch (Exception failure)
        {
            steps[member.Place] = new TextStep(null, failure);
        }
    }

    /// <summary>One pass over texts of one adapter. Where it throws, the pass itself has failed and no text has changed; a text that can't choose after it fails alone.</summary>
    private void Run(List<(int Place, RunningText Text, PromptStretch Next)> members, TextStep[] steps)
    {
        var before = members.ConvertAll(static member => member.Text.Cache.Length);
        var (logits, logSums) = (Array.Empty<float>(), Array.Empty<float>());
        try
        {
            (logits, logSums) = Logits(members.ConvertAll(static member => member.Text), members.ConvertAll(static member => member.Next));
        }
        catch (Exception)
        {
            // The layers may have been through already, and only what follows them failed.
            for (var i = 0; i < members.Count; i++)
                members[i].Text.Cache.TakeBack(before[i]);
            throw;
        }

        var vocabulary = model.Config.LmVocabSize;
        var row = 0;
        foreach (var (place, text, next) in members)
        {
            var rows = next.ChoosesNext ? next.Rows : 0;
            steps[place] = Finish(text, logits.AsSpan(row * vocabulary, rows * vocabulary), logSums.AsSpan(row, rows));
            row += rows;
        }
    }

    /// <summary>Its neighbours have this pass behind them: no failure of one text may make them read it again.</summary>
    private static TextStep Finish(RunningText text, ReadOnlySpan<float> logits, ReadOnlySpan<float> logSums)
    {
        try
        {
            text.HasBeenRead();
            return logSums.IsEmpty ? default : new TextStep(text.Choose(logits, logSums));
        }
        catch (Exception failure)
        {
            return new TextStep(null, failure);
        }
    }

    /// <returns>[rows,V], after the tokens that each text that has nothing left to read chooses by, and the logarithms of the sums of their exponentials.</returns>
    private (float[] Logits, float[] LogSums) Logits(List<RunningText> texts, List<PromptStretch> stretches)
    {
        // Of this thread and this step alone: between steps other generations may run here.
        using var chosen = texts[0].Adapter is { } adapter ? AdapterScope.Enter(adapter) : null;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        int[] ids = [.. stretches.SelectMany(static stretch => stretch.Ids)];
        var layout = SequenceLayout.Continue([.. stretches.Select(static stretch => stretch.Ids.Length)], [.. texts.Select(static text => text.Cache.Length)]);
        var hidden = model.HiddenWithCaches(model.Embed(ids, ImageTokens(stretches), format.ImageToken), layout, texts.ConvertAll(static text => text.Cache));
        var rows = new List<long>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            for (var left = stretches[i].ChoosesNext ? stretches[i].Rows : 0; left > 0; left--)
                rows.Add(layout.Starts[i] + layout.Lengths[i] - left);
        }

        if (rows.Count == 0)
            return ([], []);
        var logits = model.Logits(rows.Count == layout.TokenCount ? hidden : hidden.index_select(0, tensor(CollectionsMarshal.AsSpan(rows), device: model.Device))).to(float32);
        return (logits.cpu().data<float>(), logits.logsumexp(1).cpu().data<float>());
    }

    /// <summary>Of the pictures that are read in this pass, [n,I,d]; null without.</summary>
    private Tensor? ImageTokens(List<PromptStretch> stretches)
    {
        var side = model.Config.VitImageSize;
        var size = 3 * side * side;
        var tokens = stretches
            .Where(static stretch => stretch.Pictures is not null)
            .Select(stretch => model.Project(model.EncodePictures(tensor(
                stretch.Pictures!.Pixels.Slice(stretch.FirstPicture * size, stretch.PictureCount * size), [stretch.PictureCount, 3, side, side], device: model.Device))))
            .ToList();
        return tokens.Count switch
        {
            0 => null,
            1 => tokens[0],
            _ => cat(tokens),
        };
    }
}
