using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Preparation;

/// <summary>
/// Lays a document out as windows: start, user's turn, the parts in order each with a separator, summary prompt. A new window begins where the
/// next part would not fit. The title is not read: a heading that is content is a part.
/// </summary>
internal sealed class DocumentPreparer : IDocumentPreparer
{
    private readonly ModelConfig config;
    private readonly ChatFormat format;
    private readonly SummaryPrompts prompts;
    private readonly TextSplitter splitter;
    private readonly PictureReader pictures;
    private readonly int maxBody;

    /// <exception cref="ConfigException">The context can't hold a single part beside the prompts.</exception>
    public DocumentPreparer(
        string folder,
        ModelConfig config,
        PreparationSettings settings,
        Tokenizer tokenizer,
        ChatFormat format,
        SummaryPrompts prompts,
        PictureReader pictures)
    {
        this.config = config;
        this.format = format;
        this.prompts = prompts;
        this.pictures = pictures;
        splitter = new TextSplitter(tokenizer, settings.MaxPartTokens);
        var window = settings.MaxWindowTokens == 0 ? config.LmMaxPositions : Math.Min(settings.MaxWindowTokens, config.LmMaxPositions);
        maxBody = window - prompts.MaxLength;
        var smallest = format.Start.Count + format.Open(ChatRole.User).Count + format.Separator.Count + Math.Max(settings.MaxPartTokens, config.ImageTokens);
        if (smallest > maxBody)
        {
            throw new ConfigException(
                Path.Combine(folder, PreparationSettings.FileName),
                settings.MaxWindowTokens == 0 ? "max_part_tokens" : "max_window_tokens",
                $"a window of {window} tokens can't hold a part of {Math.Max(settings.MaxPartTokens, config.ImageTokens)} and the prompts' {window - maxBody + smallest}");
        }
    }

    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken) =>
        Prepare([.. document.Parts.Select(static (part, i) => LayoutPart.From(part, $"parts[{i}]"))], cancellationToken);

    /// <summary>As for a document, from parts of any origin.</summary>
    public PreparedDocument Prepare(IReadOnlyList<LayoutPart> content, CancellationToken cancellationToken)
    {
        var windows = new List<WindowContent>();
        var parts = new List<EmbeddedPart>();
        for (var i = 0; i < content.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (content[i].Picture is { } picture)
            {
                Room(windows, config.ImageTokens).AppendImage(content[i].Field, picture);
                parts.Add(new EmbeddedPart(i, PartKind.Image, 0, 0));
            }
            else
            {
                AddText(windows, parts, i, content[i].Text!, cancellationToken);
            }
        }

        if (windows.Count == 0)
            throw new DocumentRejectedException("parts", "there is no content to embed: every text is empty", "Send at least one text with words in it or one picture.");
        return Build(windows, parts, cancellationToken);
    }

    private void AddText(List<WindowContent> windows, List<EmbeddedPart> parts, int source, string text, CancellationToken cancellationToken)
    {
        foreach (var piece in splitter.Split(text))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // A tokenizer may lack the bytes of a piece altogether; there is no state to take then.
            if (piece.Ids.Length == 0)
                continue;
            Room(windows, piece.Ids.Length).AppendText(piece.Ids);
            parts.Add(new EmbeddedPart(source, PartKind.Text, piece.Start, piece.Length));
        }
    }

    /// <summary>The last window if so many tokens fit, else a new one.</summary>
    private WindowContent Room(List<WindowContent> windows, int tokens)
    {
        if (windows.Count > 0 && windows[^1].Length + tokens + format.Separator.Count <= maxBody)
            return windows[^1];
        var window = new WindowContent(format, config);
        window.Append(format.Open(ChatRole.User));
        windows.Add(window);
        return window;
    }

    private PreparedDocument Build(List<WindowContent> windows, List<EmbeddedPart> parts, CancellationToken cancellationToken)
    {
        var built = new List<PreparedWindow>(windows.Count);
        try
        {
            foreach (var window in windows)
            {
                window.Append(prompts[window.Modality]);
                built.Add(window.Build(pictures, cancellationToken));
            }

            return new PreparedDocument(built, parts);
        }
        catch
        {
            foreach (var window in built)
                window.Dispose();
            throw;
        }
    }
}
