using System.Diagnostics;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Bench.Generation;

/// <summary>What anybody would write first: the network, a KV cache and the likeliest token, on the calling thread. No sampling, no text, no actor.</summary>
internal static class BareLoop
{
    /// <returns>Seconds until the first token, and for all of them.</returns>
    public static (double First, double All) Run(UnifiedModel model, int[] prompt, int tokens)
    {
        using var noGradients = no_grad();
        using var pool = new KeyValuePool(model.Network.Config, prompt.Length + tokens);
        using var cache = pool.TryReserve(prompt.Length + tokens)!;
        var begin = Stopwatch.GetTimestamp();
        var first = 0.0;
        var next = prompt;
        for (var i = 0; i < tokens; i++)
        {
            using var step = NewDisposeScope();
            var hidden = model.Network.Hidden(model.Network.Embed(next, null, -1), SequenceLayout.Continue(next.Length, cache.Length), cache);
            next = [(int)model.Network.Logits(hidden.narrow(0, next.Length - 1, 1)).argmax(1).ToInt64()];
            if (i == 0)
                first = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }

        return (first, Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }
}
