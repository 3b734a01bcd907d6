namespace UnifiedVlm.Documents;

/// <summary>One span of text or one picture of an <see cref="InterleavedDocument"/>.</summary>
public abstract record DocumentPart
{
    private protected DocumentPart()
    {
    }
}

/// <summary>A span of text: a heading, a paragraph, a caption.</summary>
public sealed record TextPart(string Text) : DocumentPart;

/// <summary>A picture and the words that stand for it where it can't be seen.</summary>
public sealed record ImagePart(ImageSource Source, string? Alt = null) : DocumentPart;
