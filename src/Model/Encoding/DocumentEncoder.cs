using UnifiedVlm.Documents;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// Encodes prepared documents: pictures through the vision encoder, windows through the decoder in passes of bounded size, states through
/// the head. Logits are never computed.
/// </summary>
internal sealed class DocumentEncoder(
    VisionLanguageModel model, LoraAdapter? adapter, EmbeddingHead head, PictureState pictureState, int imageTokenId, string fingerprint, EncoderOptions options, PassWorkers workers)
    : ISequenceEncoder
{
    public string Fingerprint => fingerprint;

    public int Dimension => head.Dimension;

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        var run = Begin(batch);
        run.Step(static () => false, cancellationToken);
        return run.Embeddings;
    }

    public IEncodeRun Begin(IReadOnlyList<PreparedDocument> batch)
    {
        // The longest first: what is left at the end, while other threads have nothing more to take, is short.
        var windows = batch.SelectMany(static d => d.Windows).OrderByDescending(static w => w.TokenIds.Length).ToList();
        return new PassRun(workers, Passes(windows), Run, vectors => [.. batch.Select(document => Assemble(document, vectors))]);
    }

    /// <summary>Even shares of the batch, none beyond <see cref="EncoderOptions.TokensPerPass"/> unless a single window is.</summary>
    private List<List<PreparedWindow>> Passes(List<PreparedWindow> windows)
    {
        var total = windows.Sum(static w => w.TokenIds.Length);
        var share = Math.Min(options.TokensPerPass, (total + workers.Threads - 1) / workers.Threads);
        var passes = new List<List<PreparedWindow>>();
        var tokens = 0;
        foreach (var window in windows)
        {
            if (passes.Count == 0 || tokens + window.TokenIds.Length > Math.Max(share, options.SmallestPass))
            {
                passes.Add([]);
                tokens = 0;
            }

            passes[^1].Add(window);
            tokens += window.TokenIds.Length;
        }

        return passes;
    }

    /// <returns>For each window its rows [parts + 1, D].</returns>
    private float[][] Run(List<PreparedWindow> pass, CancellationToken cancellationToken)
    {
        // Recording gradients is a setting of the thread, and this may be a helper's.
        using var noGradients = no_grad();
        using var chosen = adapter is null ? null : AdapterScope.Enter(adapter);
        using var scope = NewDisposeScope();
        var pictures = Pictures(pass, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var values = head.forward(SequenceStates.Compute(model, head, pictureState, imageTokenId, pass, pictures)).cpu().contiguous().data<float>();
        var rows = new float[pass.Count][];
        var start = 0;
        for (var w = 0; w < pass.Count; w++)
        {
            var length = (pass[w].Spans.Length + 1) * Dimension;
            rows[w] = values[start..(start + length)];
            start += length;
        }

        return rows;
    }

    /// <summary>The image tokens of a pass in reading order, [n,I,d]; pictures of several windows go through the vision encoder together.</summary>
    private Tensor? Pictures(List<PreparedWindow> pass, CancellationToken cancellationToken)
    {
        var total = pass.Sum(static window => window.ImageCount);
        if (total == 0)
            return null;
        var (side, size) = (model.Config.VitImageSize, 3 * model.Config.VitImageSize * model.Config.VitImageSize);
        using var pixels = new PixelReader(pass, size);
        var tokens = new List<Tensor>();
        for (var first = 0; first < total; first += options.PicturesPerPass)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(options.PicturesPerPass, total - first);
            using var scope = NewDisposeScope();
            tokens.Add(model.Project(model.EncodePictures(tensor(pixels.Next(count), [count, 3, side, side], device: model.Device))).MoveToOuterDisposeScope());
        }

        return tokens.Count == 1 ? tokens[0] : cat(tokens);
    }

    private SequenceEmbedding Assemble(PreparedDocument document, Dictionary<PreparedWindow, float[]> vectors)
    {
        var parts = new float[document.Parts.Count * Dimension];
        var whole = new double[Dimension];
        var filled = 0;
        foreach (var window in document.Windows)
        {
            var rows = vectors[window].AsSpan();
            var partValues = window.Spans.Length * Dimension;
            rows[..partValues].CopyTo(parts.AsSpan(filled));
            filled += partValues;
            for (var i = 0; i < Dimension; i++)
                whole[i] += rows[partValues + i];
        }

        // Opposite windows may cancel out; the first one then speaks for the whole.
        var norm = Math.Sqrt(whole.Sum(static v => v * v));
        var summary = norm > 1e-6
            ? Array.ConvertAll(whole, v => (float)(v / norm))
            : vectors[document.Windows[0]][^Dimension..];
        return new SequenceEmbedding(Dimension, document.Parts, parts, summary);
    }
}
