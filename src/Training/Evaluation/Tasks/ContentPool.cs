using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Gathers what is to be encoded, each content once.</summary>
internal sealed class ContentPool
{
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
    private readonly List<InterleavedDocument> documents = [];

    /// <param name="id">As errors call it; the content itself unless given.</param>
    /// <returns>The content's row in the table.</returns>
    public int Add(IEnumerable<DocumentPart> parts, string? id = null)
    {
        var all = parts.ToList();

        // Neither a text nor a path holds a NUL.
        var key = string.Join('\0', all.Select(static part => part is TextPart text ? $"t{text.Text}" : $"p{((FileImage)((ImagePart)part).Source).Path}"));
        if (!known.TryGetValue(key, out var row))
        {
            row = documents.Count;
            known.Add(key, row);
            documents.Add(new InterleavedDocument { Id = id ?? key.Replace('\0', ' ')[1..], Parts = all });
        }

        return row;
    }

    public int Picture(string path) => Add([PictureFolder.Part(path)]);

    public int Text(string text) => Add([new TextPart(text)]);

    public EmbeddingTable Encode(IEvaluatedModel model, ImageFileResolver? pictures, CancellationToken cancellationToken) =>
        new(model.Encode(documents, pictures, cancellationToken));
}
