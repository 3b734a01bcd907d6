using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Evaluation.Probes;

/// <summary>How likely the model's own decoder finds a text: what it would choose by if it saw no picture.</summary>
internal sealed class TextLikelihood(UnifiedModel model)
{
    /// <summary>[tokens,d] -> [tokens,V]; a test may look at what goes in.</summary>
    internal Func<Tensor, Tensor> Logits { get; init; } = model.Network.Logits;

    /// <summary>Read together, and rows of logits held at once.</summary>
    internal int TokensPerPass { get; init; } = model.Network.Device.type == DeviceType.CPU ? 512 : 32 * 1024;

    /// <param name="texts">Documents of text alone.</param>
    /// <returns>For each the mean natural log-probability of its parts' tokens; separators and the summary prompt do not count.</returns>
    public IReadOnlyList<double> Of(IReadOnlyList<PreparedDocument> texts, CancellationToken cancellationToken)
    {
        var passes = Passes(texts);
        var sums = new (double Sum, int Tokens)[texts.Count];
        model.Workers.Run(passes.Count, i =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Run(passes[i], sums);
        });
        return [.. sums.Select(static s => s.Sum / s.Tokens)];
    }

    /// <summary>A text's windows stay together, so that no two passes add to the same sum.</summary>
    private List<List<(int Text, PreparedWindow Window)>> Passes(IReadOnlyList<PreparedDocument> texts)
    {
        var passes = new List<List<(int, PreparedWindow)>>();
        var tokens = 0;
        foreach (var text in Enumerable.Range(0, texts.Count).OrderByDescending(i => texts[i].TokenCount))
        {
            if (passes.Count == 0 || tokens + texts[text].TokenCount > TokensPerPass)
            {
                passes.Add([]);
                tokens = 0;
            }

            passes[^1].AddRange(texts[text].Windows.Select(window => (text, window)));
            tokens += texts[text].TokenCount;
        }

        return passes;
    }

    private void Run(List<(int Text, PreparedWindow Window)> pass, (double Sum, int Tokens)[] sums)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var ids = new List<int>();
        var lengths = new List<int>();
        var rows = new List<long>();
        var targets = new List<long>();
        var owners = new List<int>();
        foreach (var (text, window) in pass)
        {
            foreach (var span in window.Spans)
            {
                for (var t = span.Start; t < span.Start + span.Length; t++)
                {
                    // The state before a token foretells it. Every window begins with ids of its own, so there is one.
                    rows.Add(ids.Count + t - 1);
                    targets.Add(window.TokenIds[t]);
                    owners.Add(text);
                }
            }

            var end = window.Spans[^1].Start + window.Spans[^1].Length;
            ids.AddRange(window.TokenIds.AsSpan(0, end));
            lengths.Add(end);
        }

        var device = model.Network.Device;
        var hidden = model.Network.Hidden(model.Network.Embed([.. ids], null, 0), SequenceLayout.Of([.. lengths]));

        // A text may be longer than a pass, and a row of logits is as wide as the vocabulary: never more rows at once than a pass has tokens.
        for (var first = 0; first < rows.Count; first += TokensPerPass)
        {
            using var share = NewDisposeScope();
            var count = Math.Min(TokensPerPass, rows.Count - first);

            // [tokens,d] -> [tokens,V] -> [tokens]
            var logits = Logits(hidden.index_select(0, tensor(rows.GetRange(first, count).ToArray(), device: device))).to(float32);
            var losses = nn.functional.cross_entropy(logits, tensor(targets.GetRange(first, count).ToArray(), device: device), reduction: Reduction.None).cpu().data<float>();
            for (var i = 0; i < losses.Length; i++)
                sums[owners[first + i]] = (sums[owners[first + i]].Sum - losses[i], sums[owners[first + i]].Tokens + 1);
        }
    }
}
