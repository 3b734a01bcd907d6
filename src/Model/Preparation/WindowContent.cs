using System.Buffers;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Prompts;

namespace UnifiedVlm.Model.Preparation;

/// <summary>A window while it is being laid out: ids, spans and the pictures as they came. Decoding comes last, when it is known how many there are.</summary>
internal sealed class WindowContent(ChatFormat format, ModelConfig config)
{
    private readonly List<int> ids = [.. format.Start];
    private readonly List<PartSpan> spans = [];
    private readonly List<(string Field, PictureInput Picture)> images = [];

    public int Length => ids.Count;

    public bool HasParts => spans.Count > 0;

    public InputModality Modality => SummaryPrompts.ModalityOf(spans);

    public void Append(IEnumerable<int> tokens) => ids.AddRange(tokens);

    /// <summary>A part of text and the separator after it.</summary>
    public void AppendText(int[] tokens)
    {
        spans.Add(new PartSpan(PartKind.Text, ids.Count, tokens.Length));
        ids.AddRange(tokens);
        ids.AddRange(format.Separator);
    }

    /// <summary>A picture and the separator after it.</summary>
    /// <param name="field">The picture's place in the document, for messages.</param>
    public void AppendImage(string field, PictureInput picture)
    {
        spans.Add(new PartSpan(PartKind.Image, ids.Count, config.ImageTokens));
        ids.AddRange(Enumerable.Repeat(format.ImageToken, config.ImageTokens));
        ids.AddRange(format.Separator);
        images.Add((field, picture));
    }

    /// <exception cref="DocumentRejectedException">A picture can't be read; names its field.</exception>
    public PreparedWindow Build(PictureReader pictures, CancellationToken cancellationToken)
    {
        if (images.Count == 0)
            return new PreparedWindow([.. ids], [.. spans], null, 0, 0);

        var size = 3 * config.VitImageSize * config.VitImageSize;
        var pixels = ArrayPool<float>.Shared.Rent(checked(images.Count * size));
        try
        {
            for (var i = 0; i < images.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pictures.Read(images[i].Field, images[i].Picture, pixels.AsSpan(i * size, size));
            }

            return new PreparedWindow([.. ids], [.. spans], pixels, images.Count * size, images.Count);
        }
        catch
        {
            ArrayPool<float>.Shared.Return(pixels);
            throw;
        }
    }
}
