using UnifiedVlm.Documents;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// Pictures find their captions and captions their pictures, by document vectors and by part vectors; and captions are generated. A caption
/// that several pictures of a gallery share is right for all of them.
/// </summary>
internal sealed class CaptionTask(CaptionSet set) : IEvaluationTask
{
    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var galleries = set.Galleries.Select(gallery => Retrieve(gallery, model, cancellationToken).ToList()).ToList();
        return [.. galleries[0].Select((_, i) => RetrievalTask.Join([.. galleries.Select(measures => measures[i])])), .. Generate(model, cancellationToken)];
    }

    /// <summary>The same measures in the same order for every gallery.</summary>
    private IEnumerable<MeasureResult> Retrieve(IReadOnlyList<CaptionedPicture> gallery, IEvaluatedModel model, CancellationToken cancellationToken)
    {
        ContentPool pictures = new(), texts = new();
        var pictureRows = gallery.Select(item => pictures.Picture(item.Picture)).ToArray();
        var captionRows = gallery.Select(item => item.Captions.Select(texts.Text).Distinct().ToArray()).ToArray();
        var pictureTable = pictures.Encode(model, set.Pictures, cancellationToken);
        var textTable = texts.Encode(model, set.Pictures, cancellationToken);

        // A query a row: a picture or caption that occurs twice asks once.
        var captionsOf = Pairing.RightOnes(pictureTable.Count, pictureRows.Zip(captionRows, static (picture, captions) => captions.Select(caption => (picture, caption))).SelectMany(static p => p));
        var picturesOf = Pairing.RightOnes(textTable.Count, pictureRows.Zip(captionRows, static (picture, captions) => captions.Select(caption => (caption, picture))).SelectMany(static p => p));
        var pictureIds = Pairing.Names(pictureTable.Count, gallery.Select((item, i) => (pictureRows[i], item.Id)));
        var textIds = Pairing.Names(textTable.Count, gallery.SelectMany((item, i) => captionRows[i].Select((row, c) => (row, $"{item.Id}/{c}"))));
        var textGroups = Pairing.Names(textTable.Count, gallery.SelectMany((item, i) => captionRows[i].Select(row => (row, item.Id))));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = model.Threads, CancellationToken = cancellationToken };
        foreach (var similarity in (Similarity[])[Similarity.Summary, Similarity.Alignment])
        {
            foreach (var measure in RetrievalTask.Measure("picture to text", similarity, pictureIds, pictureTable, textTable, captionsOf, similarity == Similarity.Summary, parallel))
                yield return measure;
            foreach (var measure in RetrievalTask.Measure("text to picture", similarity, textIds, textTable, pictureTable, picturesOf, similarity == Similarity.Summary, parallel))
                yield return measure with { Groups = textGroups };
        }
    }

    private IEnumerable<MeasureResult> Generate(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var items = set.Items.Take(set.Generated).ToList();
        if (items.Count == 0)
            return [];
        var asked = items.ConvertAll(item => new AskedQuestion(
            new InterleavedDocument { Id = item.Id, Parts = [PictureFolder.Part(item.Picture), new TextPart(set.CaptionPrompt)] }, null, set.MaxTokens));
        var captions = model.Answer(asked, set.Pictures, cancellationToken);
        return AnswerScores.Measure("caption", [.. items.Select(static item => item.Id)], captions, [.. items.Select(static item => item.Captions)])
            .Where(static measure => measure.Name != AnswerScores.ExactMatch);
    }
}
