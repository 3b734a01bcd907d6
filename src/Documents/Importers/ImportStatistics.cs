namespace UnifiedVlm.Documents.Importers;

/// <summary>What an import has found so far. Counted by the thread that imports.</summary>
public sealed class ImportStatistics
{
    public long Files { get; internal set; }

    public long Documents { get; internal set; }

    /// <summary>Pages with neither text nor pictures.</summary>
    public long EmptyPages { get; internal set; }

    public long Failures { get; internal set; }

    public long TextParts { get; internal set; }

    public long Pictures { get; internal set; }

    /// <summary>UTF-16 code units over all text parts.</summary>
    public long Characters { get; internal set; }

    public long SkippedIcons { get; internal set; }

    public long SkippedRepeats { get; internal set; }

    /// <summary>Pictures that are missing, remote, too large, of another format or can't be read; their alternative text is kept.</summary>
    public long UnusablePictures { get; internal set; }

    internal void Count(InterleavedDocument document)
    {
        Documents++;
        foreach (var part in document.Parts)
        {
            if (part is TextPart text)
            {
                TextParts++;
                Characters += text.Text.Length;
            }
            else
            {
                Pictures++;
            }
        }
    }

    internal void Add(ImportStatistics page)
    {
        SkippedIcons += page.SkippedIcons;
        SkippedRepeats += page.SkippedRepeats;
        UnusablePictures += page.UnusablePictures;
    }

    internal void Count(PictureVerdict verdict)
    {
        switch (verdict)
        {
            case PictureVerdict.Icon:
                SkippedIcons++;
                break;
            case PictureVerdict.Repeated:
                SkippedRepeats++;
                break;
            case PictureVerdict.Unusable:
                UnusablePictures++;
                break;
        }
    }
}
