using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Cuts out of each document the stretch that speaks of the question, so that several documents fit into the generator's context and none
/// takes all of it. The stretch grows from one embedded part: the one that holds most of the question's words among all documents, the rare
/// ones first; where none holds any, the one whose vector was nearest.
/// </summary>
internal static class PassageCutter
{
    private const int MostBefore = 2;
    private const int MostPictures = 1;

    /// <param name="hits">One for each document, in the same order.</param>
    /// <param name="maxLength">UTF-16 code units of text that a stretch holds, its first part excepted; one longer than that stays whole.</param>
    /// <returns>The documents with their stretches only. One that was replaced in between, or that lacks an embedded part, stays whole.</returns>
    public static InterleavedDocument[] Cut(InterleavedDocument question, IReadOnlyList<SearchHit> hits, IReadOnlyList<InterleavedDocument> documents, int maxLength)
    {
        var units = documents.Select((document, i) => Units(document, hits[i])).ToArray();
        var words = new QuestionWords(
            string.Join(' ', question.Parts.OfType<TextPart>().Select(static part => part.Text)), [.. units.SelectMany(static own => own).Select(static unit => unit.Text)]);
        return [.. documents.Select((document, i) => units[i].Count == 0 ? document : document with { Parts = Stretch(document, units[i], Best(units[i], words), maxLength) })];
    }

    private static int Best(List<Unit> units, QuestionWords words)
    {
        var scores = units.ConvertAll(unit => words.Score(unit.Text));
        return Enumerable.Range(0, units.Count).MaxBy(i => (scores[i], units[i].Similarity));
    }

    private static List<DocumentPart> Stretch(InterleavedDocument document, List<Unit> units, int best, int maxLength)
    {
        var (from, to) = (best, best);
        var room = maxLength - units[best].Text.Length;
        var pictures = units[best].IsPicture ? 1 : 0;
        while (from > 0 && best - from < MostBefore && Takes(units[from - 1]))
            from--;
        while (to + 1 < units.Count && Takes(units[to + 1]))
            to++;

        // Neighbouring spans of one part become one part again.
        var parts = new List<DocumentPart>();
        for (var i = from; i <= to; i++)
        {
            var (first, last) = (units[i].Part, units[i].Part);
            while (!units[i].IsPicture && i < to && units[i + 1].Part.SourcePart == first.SourcePart)
                last = units[++i].Part;
            parts.Add(document.Parts[first.SourcePart] is TextPart text ? new TextPart(text.Text[first.Start..(last.Start + last.Length)].Trim()) : document.Parts[first.SourcePart]);
        }

        return parts;

        bool Takes(Unit next)
        {
            if (next.IsPicture ? pictures == MostPictures : next.Text.Length > room)
                return false;
            if (next.IsPicture)
                pictures++;
            else
                room -= next.Text.Length;
            return true;
        }
    }

    /// <summary>The embedded parts with their words; none when one is not in the document, or the document is another version than theirs: their ranges may exist in it all the same.</summary>
    private static List<Unit> Units(InterleavedDocument document, SearchHit hit)
    {
        if (document.Version is { } version && version != hit.Version)
            return [];
        var units = new List<Unit>();
        // A book has thousands of parts, and a long question as many matches.
        var best = hit.Matches.GroupBy(static match => match.DocumentPart).ToDictionary(static part => part.Key, static part => part.Max(static match => match.Similarity));
        foreach (var part in hit.Parts)
        {
            if (part.SourcePart >= document.Parts.Count)
                return [];
            var similarity = best.GetValueOrDefault(part, -1);
            switch (document.Parts[part.SourcePart])
            {
                case ImagePart image when part.Kind == PartKind.Image:
                    units.Add(new Unit(part, image.Alt ?? "", true, similarity));
                    break;
                case TextPart text when part.Kind == PartKind.Text && part.Start <= text.Text.Length && part.Length <= text.Text.Length - part.Start:
                    units.Add(new Unit(part, text.Text.Substring(part.Start, part.Length), false, similarity));
                    break;
                default:
                    return [];
            }
        }

        return units;
    }

    private readonly record struct Unit(EmbeddedPart Part, string Text, bool IsPicture, float Similarity);
}
