using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Golden.Model;

/// <summary>One of several texts that are continued together by their likeliest tokens.</summary>
/// <param name="prompt">[T,d].</param>
internal sealed class BatchedText(Tensor prompt, int[] expected, KeyValueCache cache)
{
    public int[] Expected => expected;

    public List<int> Tokens { get; } = [];

    public KeyValueCache Cache => cache;

    public bool IsDone => Tokens.Count == expected.Length;

    private Tensor Prompt => prompt;

    private bool IsReading => cache.Length < prompt.size(0);

    /// <summary>One pass over all.</summary>
    /// <param name="stretch">The most tokens of a prompt.</param>
    public static void Step(VisionLanguageModel model, IReadOnlyList<BatchedText> texts, int stretch)
    {
        if (texts.Count == 0)
            return;
        BatchedText[] ordered = [.. texts.OrderBy(static text => text.IsReading)];
        var inputs = Array.ConvertAll(ordered, text => text.IsReading
            ? text.Prompt.narrow(0, text.Cache.Length, Math.Min(stretch, text.Prompt.size(0) - text.Cache.Length))
            : model.Embed([text.Tokens[^1]], null, -1));
        var layout = SequenceLayout.Continue(Array.ConvertAll(inputs, static input => (int)input.size(0)), Array.ConvertAll(ordered, static text => text.Cache.Length));
        var hidden = model.HiddenWithCaches(cat(inputs), layout, Array.ConvertAll(ordered, static text => text.Cache));
        for (var i = 0; i < ordered.Length; i++)
        {
            if (!ordered[i].IsReading)
                ordered[i].Tokens.Add((int)model.Logits(hidden.narrow(0, layout.Starts[i] + layout.Lengths[i] - 1, 1)).argmax(1).ToInt64());
        }
    }
}
