using UnifiedVlm.Documents;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// Which questions were drawn together: those about the same picture, or those that the same document answers. Documents that only stand beside it as
/// evidence were drawn by lot, and tie nothing together.
/// </summary>
internal static class QuestionDraws
{
    /// <returns>For each question the first of its draw; null where no two were drawn together.</returns>
    public static string[]? Of(IReadOnlyList<QuestionItem> items) => Draws.Of([.. items.Select(static item => item.Id)], items.Select(Shared));

    private static IEnumerable<string> Shared(QuestionItem item)
    {
        var pictures = item.Question.Parts.OfType<ImagePart>().Select(static picture => Name(picture.Source)).OfType<string>().ToList();
        if (pictures.Count > 0)
            return pictures.Select(static picture => $"picture {picture}");
        return Answering(item) is { } document ? [$"document {document}"] : [];
    }

    private static string? Name(ImageSource source) => source switch
    {
        FileImage file => file.Path,
        InlineImage inline => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(inline.Data.Span)),
        BlobImage blob => blob.Sha256,
        UrlImage url => url.Url.ToString(),
        _ => null,
    };

    /// <summary>The document that holds a right answer; the first where none does, as where there is no answer.</summary>
    private static string? Answering(QuestionItem item)
    {
        if (item.Evidence is not { Count: > 0 } evidence)
            return null;
        var right = item.Answers.Select(Plain).Where(static answer => answer.Length > 2).ToList();
        var index = evidence.Select(static document => Plain(Text(document))).ToList().FindIndex(text => right.Exists(answer => text.Contains(answer, StringComparison.Ordinal)));
        var place = Math.Max(0, index);

        // What has no id of its own is named by its place, and told by what it says.
        return evidence[place].Id == QuestionsReader.EvidenceId(place) ? Text(evidence[place]) : evidence[place].Id;
    }

    private static string Text(InterleavedDocument document) => string.Join('\n', document.Parts.OfType<TextPart>().Select(static text => text.Text));

    /// <summary>With a blank at either end, so that only whole words are found.</summary>
    private static string Plain(string text) => $" {string.Join(' ', AnswerWords.Of(text))} ";
}
