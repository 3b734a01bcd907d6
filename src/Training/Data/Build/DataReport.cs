using System.Globalization;
using System.Net;
using System.Text;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Sources;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Build;

/// <summary><c>report.html</c>: counts, and samples of every source as they reach the trainer, their pictures below <c>report/</c>.</summary>
internal sealed class DataReport
{
    public const string FileName = "report.html";

    private const string Pictures = "report";

    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse}"
        + "td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}figure{margin:1rem 0}img{max-width:100%;border:1px solid #ddd}figcaption{white-space:pre-line}";

    private readonly string folder;
    private readonly SceneKit kit;
    private readonly StringBuilder html = new();
    private int pictures;

    public DataReport(string folder, SceneKit kit)
    {
        this.folder = folder;
        this.kit = kit;
        var own = Path.Combine(folder, Pictures);
        if (Directory.Exists(own))
            Directory.Delete(own, recursive: true);
        Directory.CreateDirectory(own);
    }

    public void Write(BuildSummary summary)
    {
        html.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Training data</title><style>{Style}</style><h1>Training data</h1>\n");
        Counts(summary);
        Heading("Styles");
        Figure([.. kit.World.Things.Take(16).SelectMany(Styles)], 12, "Sixteen things, each as OpenMoji, Noto Emoji and Twemoji draw it (where they do).");
        foreach (var split in new[] { DataSplit.Train, DataSplit.Test })
            Samples(split, new SplitSources(kit, split));
        html.Append("</html>\n");
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(html.ToString())));
    }

    private void Counts(BuildSummary summary)
    {
        html.Append("<table><tr><th>split</th><th>concepts</th><th>pictures of them</th></tr>\n");
        foreach (var (split, concepts) in summary.Concepts)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{split}</td><td>{concepts}</td><td>{summary.Sprites[split]}</td></tr>\n");
        html.Append(CultureInfo.InvariantCulture, $"</table><p>{summary.NearDuplicates} pictures of later splits were left out: they look like one of an earlier split.")
            .Append(CultureInfo.InvariantCulture, $" Scenes are made of {summary.Things} things; {summary.UnseenThings} more were never shown.")
            .Append(CultureInfo.InvariantCulture, $" Of {summary.Pairs} pairs of things {summary.HeldOutPairs} never share a training scene. Sources are endless: a sample is made when it is asked for.</p>\n")
            .Append("<table><tr><th>evaluation set</th><th>pictures</th></tr>\n");
        foreach (var (name, count) in summary.Evaluation)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td>{count}</td></tr>\n");
        html.Append("</table>\n");
    }

    private void Samples(DataSplit split, SplitSources sources)
    {
        Heading($"{split}: pairs of scenes");
        for (var i = 0UL; i < 8; i++)
        {
            var group = sources.Pairs["scenes"].Get(i).Pairs;
            Figure([.. group.Select(static pair => Picture(pair.Left))], 4, string.Join('\n', group.Select(static pair => Text(pair.Right))));
        }

        Heading($"{split}: pairs of single emoji");
        var singles = Enumerable.Range(0, 16).Select(i => sources.Pairs["emoji"].Get((ulong)i).Pairs[0]).ToList();
        Figure([.. singles.Select(static pair => Picture(pair.Left))], 8, string.Join(" | ", singles.Select(static pair => Text(pair.Right))));

        Heading($"{split}: long captions");
        for (var i = 0UL; i < 4; i++)
        {
            var sample = sources.Captions["scenes"].Get(i);
            Figure([Picture(sample.Content)], 1, sample.Caption);
        }

        Heading($"{split}: questions");
        for (var i = 0UL; i < 8; i++)
        {
            var sample = sources.Dialogues["scene-questions"].Get(i);
            Figure([Picture(sample.Question)], 1, $"{Text(sample.Question)} {sample.Answer}");
        }

        Heading($"{split}: stories");
        for (var i = 0UL; i < 12; i += 3)
        {
            var (shown, told) = (sources.Sequences["stories"].Get(i), sources.Sequences["stories"].Get(i + 1));
            Figure(
                [.. shown.Parts.Select(static part => ((PictureContent)part.Part).Picture)], 6,
                string.Join('\n', told.Parts.Select(static part => ((TextContent)part.Part).Text)));
        }
    }

    private IEnumerable<Picture> Styles(int concept) => EmojiStyles.All
        .Select(style => kit.Catalogue.Concepts[concept].Sprite(style))
        .Where(static sprite => sprite >= 0)
        .Select(sprite => kit.Canvas.DrawAlone(sprite, background: 0, look: 0));

    private void Heading(string text) => html.Append(CultureInfo.InvariantCulture, $"<h2>{text}</h2>\n");

    private void Figure(IReadOnlyList<Picture> shown, int columns, string caption)
    {
        if (shown.Count == 0)
            return;
        var name = string.Create(CultureInfo.InvariantCulture, $"{pictures++:000}.png");
        File.WriteAllBytes(Path.Combine(folder, Pictures, name), ImageEncoder.EncodePng(ContactSheet.Lay(shown, columns)));
        html.Append(CultureInfo.InvariantCulture, $"<figure><img src=\"{Pictures}/{name}\" alt=\"\"><figcaption>{WebUtility.HtmlEncode(caption)}</figcaption></figure>\n");
    }

    private static Picture Picture(Content content) => content.Parts.OfType<PictureContent>().First().Picture;

    private static string Text(Content content) => content.Parts.OfType<TextContent>().First().Text;
}
