using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// One of our own checkpoints, frozen: a part alone goes through it as a document, and the document vector is the part's. Trained by the
/// contrastive recipe it is the stand-in for CLIP.
/// </summary>
public sealed class ModelTeacher : ITeacher
{
    private const int PartsPerCall = 64;

    private readonly UnifiedModel model;

    private ModelTeacher(UnifiedModel model) => this.model = model;

    public static string Kind => "model";

    public string Name => $"{Kind}={model.Encoder.Fingerprint}";

    public TeacherSpace Space => TeacherSpace.Shared;

    public int Dimension => model.Encoder.Dimension;

    /// <param name="folder">A model folder with weights.</param>
    /// <param name="encoding">Threads and sizes of its passes.</param>
    /// <exception cref="TeacherException">The folder has no weights: a model from a seed teaches noise.</exception>
    public static ModelTeacher Open(string folder, string device = "cpu", EncoderOptions? encoding = null)
    {
        var model = UnifiedModelLoader.Load(folder, device, encoding: encoding);
        if (model.IsTrained)
            return new ModelTeacher(model);
        model.Dispose();
        throw new TeacherException($"{Kind}={folder}", "the folder has no weights, and a model from a seed teaches noise", "Name a folder that training has written.");
    }

    public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
    {
        for (var first = 0; first < parts.Count; first += PartsPerCall)
        {
            var prepared = new List<PreparedDocument>();
            try
            {
                for (var p = first; p < Math.Min(first + PartsPerCall, parts.Count); p++)
                    prepared.Add(model.Preparer.Prepare(Document(parts[p].Part), cancellationToken));
                var encoded = model.Encoder.Encode(prepared, cancellationToken);
                for (var i = 0; i < encoded.Count; i++)
                    encoded[i].DocumentVector.Span.CopyTo(vectors[((first + i) * Dimension)..]);
            }
            finally
            {
                foreach (var document in prepared)
                    document.Dispose();
            }
        }
    }

    public void Dispose() => model.Dispose();

    private static InterleavedDocument Document(ContentPart part) => new()
    {
        Id = "part",
        Parts =
        [
            part switch
            {
                TextContent text => new TextPart(text.Text),
                PictureContent { Picture: var p } => new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(p.Side, p.Side, p.Rgb.ToArray())))),
                _ => throw new ArgumentException($"a part of type {part.GetType().Name} is neither text nor picture", nameof(part)),
            },
        ],
    };
}
