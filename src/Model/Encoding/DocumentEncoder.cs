using UnifiedVlm.Documents;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
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

    public bool WorksAhead => workers.Threads > 1;

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        using var run = Begin(batch);
        run.Step(leave: null, ahead: null, cancellationToken);
        return run.Embeddings;
    }

    public IEncodeRun Begin(IReadOnlyList<PreparedDocument> batch)
    {
        // The longest first: what is left at the end, while other threads have nothing more to take, is short.
        var windows = batch.SelectMany(static d => d.Windows).OrderByDescending(static w => w.TokenIds.Length).ToList();
        return new PassRun(workers, Passes(windows), Steps, vectors => [.. batch.Select(document => Assemble(document, vectors))]);
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

    /// <summary>
    /// A pass in steps of a layer of the decoder, or of a group of pictures. Between them any other work may run on the thread, and another thread may
    /// go on: what lasts belongs to no dispose scope.
    /// </summary>
    /// <returns>Null after each step but the last, then for each window its rows [parts + 1, D].</returns>
    private IEnumerable<float[][]?> Steps(List<PreparedWindow> pass)
    {
        using var pictures = new OwnedTensors();
        using var pixels = new PixelReader(pass, 3 * model.Config.VitImageSize * model.Config.VitImageSize);
        for (int first = 0, total = pass.Sum(static window => window.ImageCount); first < total; first += options.PicturesPerPass)
        {
            using (Enter())
                pictures.Add(ImageTokens(pixels, Math.Min(options.PicturesPerPass, total - first)));
            yield return null;
        }

        SequenceLayout layout;
        LayeredPass decoding;
        using (Enter())
        {
            (var embeddings, layout) = SequenceStates.Embeddings(model, head, imageTokenId, [.. pass.Select(static w => new PassSequence(w, w.TokenIds.Length))], pictures.Joined());
            decoding = model.BeginHidden(embeddings, layout);
        }

        using (decoding)
        {
            for (var isLast = false; !isLast;)
            {
                using (Enter())
                    isLast = !decoding.Next();
                if (!isLast)
                    yield return null;
            }

            float[] values;
            using (Enter())
                values = head.forward(SequenceStates.Gather(decoding.Finish().to(float32), pass, layout, model.Config.ImageTokens, pictureState)).cpu().contiguous().data<float>();
            yield return Rows(pass, values);
        }
    }

    /// <summary>Recording gradients, the adapter and the dispose scope are settings of the thread, which may be another's at every step.</summary>
    private StepScope Enter() => new(adapter);

    private float[][] Rows(List<PreparedWindow> pass, float[] values)
    {
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

    /// <summary>[count,I,d].</summary>
    private Tensor ImageTokens(PixelReader pixels, int count)
    {
        var side = model.Config.VitImageSize;
        return model.Project(model.EncodePictures(tensor(pixels.Next(count), [count, 3, side, side], device: model.Device)));
    }

    /// <exception cref="ModelOutputException">A vector is no number; names the first such part.</exception>
    private SequenceEmbedding Assemble(PreparedDocument document, Dictionary<PreparedWindow, float[]> vectors)
    {
        var parts = new float[document.Parts.Count * Dimension];
        var whole = new double[Dimension];
        var filled = 0;
        foreach (var window in document.Windows)
        {
            var rows = vectors[window].AsSpan();
            var partValues = window.Spans.Length * Dimension;
            CheckNumbers(document, filled / Dimension, rows);
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

    /// <param name="first">The part of the document that the first row is of.</param>
    /// <param name="rows">[parts + 1, D] of one window.</param>
    private void CheckNumbers(PreparedDocument document, int first, ReadOnlySpan<float> rows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (float.IsFinite(rows[i]))
                continue;
            var isPart = i / Dimension < (rows.Length / Dimension) - 1;
            throw new ModelOutputException(
                isPart ? $"parts[{document.Parts[first + (i / Dimension)].SourcePart}]" : "document",
                "the model gives a vector with a NaN or an infinity for it");
        }
    }
}
