using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Neighbouring parts of one page: what is shown as evidence.</summary>
/// <param name="Parts">In reading order.</param>
/// <param name="First">Index of the first part within the page.</param>
/// <param name="Last">Index of the last.</param>
internal sealed record Passage(int Page, string Title, int First, int Last, IReadOnlyList<ManualPart> Parts)
{
    /// <summary>UTF-16 units: about 120 tokens.</summary>
    private const int MaxText = 400;

    /// <summary>The part with what stands before it (if that is short, such as a heading) and after it, as far as the length allows.</summary>
    public static Passage Around(IReadOnlyList<ManualPage> pages, int pageIndex, int part, bool withPicture)
    {
        var page = pages[pageIndex];
        var room = MaxText - (page.Parts[part].Text?.Length ?? 0);
        var (from, to) = (part, part);
        var pictured = page.Parts[part].Picture is not null;
        while (from > 0 && part - from < 2 && Takes(page.Parts[from - 1]))
            from--;
        while (to + 1 < page.Parts.Count && to - part < 3 && Takes(page.Parts[to + 1]))
            to++;
        return new Passage(pageIndex, page.Title, from, to, [.. page.Parts.Skip(from).Take(to - from + 1).Where(p => p.Text is not null || withPicture)]);

        bool Takes(ManualPart next)
        {
            if (next.Picture is not null)
            {
                var first = withPicture && !pictured;
                pictured |= first;
                return first;
            }

            if (next.Text!.Length > room)
                return false;
            room -= next.Text.Length;
            return true;
        }
    }

    public string Text => string.Join('\n', Parts.Select(static part => part.Text).OfType<string>());

    public Content ToContent(ManualData data) => new([.. Parts.Select(data.Part)]);
}
