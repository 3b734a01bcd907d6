using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>The likeliest next token, again and again, with no token excluded and no stop: for comparing models, not for answers.</summary>
public static class GreedyContinuation
{
    /// <param name="prompt">Embeddings of one sequence, [T,d].</param>
    /// <param name="useCache">False computes every step from the start.</param>
    /// <param name="limit">As in <see cref="VisionLanguageModel.Hidden"/>; a cache keeps keys as they were rotated when they were new.</param>
    public static int[] Run(VisionLanguageModel model, Tensor prompt, int count, bool useCache = true, PositionLimit limit = PositionLimit.Refuse)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var length = (int)prompt.size(0) + count;
        using var pool = useCache ? new KeyValuePool(model.Config, length, model.Device, model.Type) : null;
        using var cache = pool?.TryReserve(length);
        var tokens = new int[count];
        var next = prompt;
        for (var i = 0; i < count; i++)
        {
            using var step = NewDisposeScope();
            var rows = (int)next.size(0);
            var hidden = model.Hidden(next, SequenceLayout.Continue(rows, cache?.Length ?? 0), cache, limit);
            tokens[i] = (int)model.Logits(hidden.narrow(0, rows - 1, 1)).argmax(1).ToInt64();
            var embedded = model.Embed([tokens[i]], null, -1);
            next = (useCache ? embedded : cat([next, embedded], 0)).MoveToOuterDisposeScope();
        }

        return tokens;
    }
}
