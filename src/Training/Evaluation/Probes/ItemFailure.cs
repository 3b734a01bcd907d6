using UnifiedVlm.Documents;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Training.Evaluation.Probes;

/// <summary>What is said of an item that the model can't be given.</summary>
internal static class ItemFailure
{
    /// <returns>Names the item and the files of its pictures, for a part's number alone finds no file.</returns>
    public static SetFormatException Of(string item, IEnumerable<InterleavedDocument> content, DocumentRejectedException error)
    {
        var files = content.SelectMany(static document => document.Parts)
            .Select(static part => ((part as ImagePart)?.Source as FileImage)?.Path)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return new SetFormatException(item, files.Count == 0 ? error.Message : $"{error.Message.TrimEnd('.')}; its pictures: {string.Join(", ", files)}", error);
    }
}
