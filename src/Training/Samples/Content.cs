namespace UnifiedVlm.Training.Samples;

/// <summary>Texts and pictures in reading order: what an interleaved document is to the trainer. At least one part.</summary>
public sealed record Content(IReadOnlyList<ContentPart> Parts)
{
    public static Content Of(string text) => new([new TextContent(text)]);

    public static Content Of(Picture picture) => new([new PictureContent(picture)]);
}
