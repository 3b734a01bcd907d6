using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// From windows to the states that stand for their parts and for the whole. Encoding and training both go through here, so that what was
/// trained is what is served.
/// </summary>
public static class SequenceStates
{
    /// <summary>One causal pass over sequences, for what needs the states of all their tokens.</summary>
    /// <param name="imageTokens">Of all the windows' pictures in order, [n,I,d]; null without pictures.</param>
    /// <returns>States after the final norm [N,d] and where each sequence's stand.</returns>
    public static (Tensor Hidden, SequenceLayout Layout) Hidden(
        VisionLanguageModel model, EmbeddingHead head, int imageTokenId, IReadOnlyList<PassSequence> sequences, Tensor? imageTokens)
    {
        var (embeddings, layout) = Embeddings(model, head, imageTokenId, sequences, imageTokens);
        return (model.Hidden(embeddings, layout), layout);
    }

    /// <summary>What such a pass begins with: embeddings [N,d] and where each sequence's stand.</summary>
    /// <param name="imageTokens">Of all the windows' pictures in order, [n,I,d]; null without pictures.</param>
    public static (Tensor Embeddings, SequenceLayout Layout) Embeddings(
        VisionLanguageModel model, EmbeddingHead head, int imageTokenId, IReadOnlyList<PassSequence> sequences, Tensor? imageTokens)
    {
        var layout = SequenceLayout.Of([.. sequences.Select(static s => s.Window.TokenIds.Length)], [.. sequences.Select(static s => s.Cut)]);
        var ids = new int[layout.TokenCount];
        for (var s = 0; s < sequences.Count; s++)
            sequences[s].Window.TokenIds.CopyTo(ids, layout.Starts[s]);

        var embeddings = model.Embed(ids, imageTokens, imageTokenId);
        return (PutSoftPrompts(embeddings, head, sequences, layout), layout);
    }

    /// <summary>The soft prompt of a window's modality takes the place of the placeholders at its end.</summary>
    private static Tensor PutSoftPrompts(Tensor embeddings, EmbeddingHead head, IReadOnlyList<PassSequence> sequences, SequenceLayout layout)
    {
        var rows = new List<long>();
        var prompts = new List<Tensor>();
        for (var s = 0; s < sequences.Count; s++)
        {
            var (window, end, _) = sequences[s];
            if (end == 0 || head.SoftPrompt(SummaryPrompts.ModalityOf(window.Spans)) is not { } prompt)
                continue;
            var length = (int)prompt.size(0);
            rows.AddRange(Enumerable.Range(layout.Starts[s] + end - length, length).Select(static row => (long)row));
            prompts.Add(prompt);
        }

        return prompts.Count == 0 ? embeddings : embeddings.index_copy_(0, tensor(rows.ToArray(), device: embeddings.device), cat(prompts).to(embeddings.dtype));
    }

    /// <summary>Rows of states [R,d]: for each window its parts in order, then its summary. Text: the last token's state. Picture: as the setting says. Window: the last token of all.</summary>
    internal static Tensor Gather(Tensor hidden, IReadOnlyList<PreparedWindow> windows, SequenceLayout layout, int imageTokens, PictureState pictureState)
    {
        var last = new List<long>();
        var pictures = new List<long>();

        // Where each row of the result comes from: first the last tokens, then the pictures' means.
        var order = new List<(bool IsPicture, int Index)>();
        for (var w = 0; w < windows.Count; w++)
        {
            var start = layout.Starts[w];
            foreach (var span in windows[w].Spans)
            {
                if (span.Kind == PartKind.Image && pictureState == PictureState.Mean)
                {
                    order.Add((true, pictures.Count / imageTokens));
                    pictures.AddRange(Enumerable.Range(start + span.Start, span.Length).Select(static row => (long)row));
                }
                else
                {
                    order.Add((false, last.Count));
                    last.Add(start + span.Start + span.Length - 1);
                }
            }

            order.Add((false, last.Count));
            last.Add(start + layout.Lengths[w] - 1);
        }

        var states = hidden.index_select(0, tensor(last.ToArray(), device: hidden.device));
        if (pictures.Count == 0)
            return states;
        var means = hidden.index_select(0, tensor(pictures.ToArray(), device: hidden.device)).view(-1, imageTokens, hidden.size(1)).mean(1);
        var rows = order.Select(o => o.IsPicture ? last.Count + (long)o.Index : o.Index).ToArray();
        return cat([states, means]).index_select(0, tensor(rows, device: hidden.device));
    }
}
