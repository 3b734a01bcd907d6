namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Turns read pages into stored ones: training pages first, so that what they show and say is kept out of the other splits.</summary>
internal sealed class PageCollector(PictureStore pictures)
{
    /// <summary>UTF-16 units: shorter paragraphs (headings, option names) may stand in every split.</summary>
    private const int MinShared = 30;

    private readonly HashSet<string> trained = new(StringComparer.Ordinal);
    private readonly HashSet<string> validated = new(StringComparer.Ordinal);

    public List<ManualPage> Pages { get; } = [];

    public int SharedParagraphs { get; private set; }

    /// <summary>Give pages in the order of their splits.</summary>
    public void Add(RawPage page)
    {
        var parts = new List<ManualPart>();
        foreach (var part in page.Parts)
        {
            if (part.Text is { } text)
            {
                if (Unseen(text, page.Split) is { Length: > 0 } kept)
                    parts.Add(new ManualPart { Text = kept });
            }
            // A book is read for its running text.
            else if (page.Manual.Kind != ManualKind.Book && pictures.Add(part.Picture.Span, page.Split) is { } picture && parts.All(other => other.Picture != picture))
            {
                parts.Add(new ManualPart { Picture = picture, Caption = part.Caption });
            }
        }

        if (parts.Count > 0 && parts.Any(static part => part.Text is not null))
            Pages.Add(new ManualPage { Id = page.Id, Title = page.Title, Source = page.Manual.Name, Licence = page.Manual.Licence, Split = page.Split, Parts = parts });
    }

    private string Unseen(string text, DataSplit split)
    {
        var kept = new List<string>();
        foreach (var block in text.Split("\n\n"))
        {
            var key = Sentences.Skeleton(block);
            if (key.Length >= MinShared && split != DataSplit.Train && (trained.Contains(key) || (split == DataSplit.Test && validated.Contains(key))))
            {
                SharedParagraphs++;
                continue;
            }

            Remember(key, split);
            kept.Add(block);
        }

        // What it announced has been left out, or stands in the next part.
        if (split != DataSplit.Train && kept.Count > 0 && ManualText.IsListName(kept[^1]))
            kept.RemoveAt(kept.Count - 1);
        return string.Join("\n\n", kept);
    }

    private void Remember(string key, DataSplit split)
    {
        if (split == DataSplit.Train)
            trained.Add(key);
        else if (split == DataSplit.Validation)
            validated.Add(key);
    }
}
