using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

/// <summary>
/// A model whose vectors, likelihoods and answers the test gives: each part's vector by its text or the path of its picture; the document's is
/// that of its last part.
/// </summary>
internal sealed class FakeEvaluatedModel : IEvaluatedModel
{
    public Dictionary<string, float[]> Vectors { get; } = [];

    public Func<string, double> Likelihood { get; set; } = static text => -text.Length;

    public Func<AskedQuestion, string> Reply { get; set; } = static _ => "";

    public Func<string, bool> IsComplete { get; set; } = static _ => true;

    public Func<AskedQuestion, RefusalSigns?> Sign { get; set; } = static _ => null;

    public Func<SetItem, SetFormatException?> Problem { get; set; } = static _ => null;

    public int Threads => 2;

    public bool IsCalibrated { get; set; }

    public int Encoded { get; private set; }

    /// <summary>A unit vector at an angle in degrees: the nearer the angles, the more alike.</summary>
    public void At(float degrees, params string[] names)
    {
        foreach (var name in names)
            Vectors[name] = [MathF.Cos(degrees * MathF.PI / 180), MathF.Sin(degrees * MathF.PI / 180)];
    }

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<InterleavedDocument> documents, ImageFileResolver? pictures, CancellationToken cancellationToken)
    {
        Encoded += documents.Count;
        return [.. documents.Select(Embed)];
    }

    public IReadOnlyList<SetFormatException?> Problems(IReadOnlyList<SetItem> items, ImageFileResolver? pictures, CancellationToken cancellationToken) => [.. items.Select(Problem)];

    public IReadOnlyList<double> LogLikelihood(IReadOnlyList<string> texts, CancellationToken cancellationToken) => [.. texts.Select(Likelihood)];

    public IReadOnlyList<GeneratedText> Answer(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken) =>
        [.. questions.Select(Reply).Select(text => new GeneratedText(text, 1, IsComplete(text)))];

    public IReadOnlyList<RefusalSigns?> Signs(IReadOnlyList<AskedQuestion> questions, ImageFileResolver? pictures, CancellationToken cancellationToken) => [.. questions.Select(Sign)];

    public static string NameOf(DocumentPart part) => part is TextPart text ? text.Text : ((FileImage)((ImagePart)part).Source).Path;

    private SequenceEmbedding Embed(InterleavedDocument document)
    {
        var rows = document.Parts.Select(part => Vectors[NameOf(part)]).ToList();
        var parts = document.Parts.Select(static (part, i) => new EmbeddedPart(i, part is TextPart ? PartKind.Text : PartKind.Image, 0, 0)).ToList();
        return new SequenceEmbedding(2, parts, rows.SelectMany(static row => row).ToArray(), rows[^1]);
    }
}
