using UnifiedVlm.Documents;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// Encodes prepared documents: pictures through the vision encoder, windows through the decoder in passes of bounded size, states through
/// the head. Logits are never computed.
/// </summary>
internal sealed class DocumentEncoder(VisionLanguageModel model, EmbeddingHead head, int imageTokenId, string fingerprint, EncoderOptions options) : ISequenceEncoder
{
    public string Fingerprint => fingerprint;

    public int Dimension => head.Dimension;

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        var windows = batch.SelectMany(static d => d.Windows).ToList();
        var vectors = new Dictionary<PreparedWindow, float[]>(windows.Count);
        using var noGradients = no_grad();
        foreach (var pass in Passes(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Run(pass, vectors, cancellationToken);
        }

        return [.. batch.Select(document => Assemble(document, vectors))];
    }

    private IEnumerable<List<PreparedWindow>> Passes(List<PreparedWindow> windows)
    {
        var pass = new List<PreparedWindow>();
        var tokens = 0;
        foreach (var window in windows)
        {
            if (pass.Count > 0 && tokens + window.TokenIds.Length > options.TokensPerPass)
            {
                yield return pass;
                (pass, tokens) = ([], 0);
            }

            pass.Add(window);
            tokens += window.TokenIds.Length;
        }

        if (pass.Count > 0)
            yield return pass;
    }

    /// <summary>Adds for each window its rows [parts + 1, D].</summary>
    private void Run(List<PreparedWindow> pass, Dictionary<PreparedWindow, float[]> vectors, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var pictures = Pictures(pass, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var rows = head.forward(SequenceStates.Compute(model, head, imageTokenId, pass, pictures)).cpu().contiguous().data<float>();
        var start = 0;
        foreach (var window in pass)
        {
            var length = (window.Spans.Length + 1) * Dimension;
            vectors.Add(window, rows[start..(start + length)]);
            start += length;
        }
    }

    private Tensor? Pictures(List<PreparedWindow> pass, CancellationToken cancellationToken)
    {
        var tokens = new List<Tensor>();
        var (side, width) = (model.Config.VitImageSize, 3 * model.Config.VitImageSize * model.Config.VitImageSize);
        foreach (var window in pass)
        {
            for (var first = 0; first < window.ImageCount; first += options.PicturesPerPass)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = Math.Min(options.PicturesPerPass, window.ImageCount - first);
                using var scope = NewDisposeScope();
                var pixels = tensor(window.Pixels.Slice(first * width, count * width), [count, 3, side, side], device: model.Device);
                tokens.Add(model.Project(model.EncodePictures(pixels)).MoveToOuterDisposeScope());
            }
        }

        return tokens.Count switch
        {
            0 => null,
            1 => tokens[0],
            _ => cat(tokens),
        };
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
