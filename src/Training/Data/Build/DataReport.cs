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
    private const int Columns = 8;
    private const int LongestText = 600;

    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse}"
        + "td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}figure{margin:1rem 0}img{max-width:100%;border:1px solid #ddd}figcaption{white-space:pre-line}";

    private readonly string folder;
    private readonly SceneKit kit;
    private readonly ITrainingData data;
    private readonly StringBuilder html = new();
    private int pictures;

    public DataReport(string folder, SceneKit kit, ITrainingData data)
    {
        this.folder = folder;
        this.kit = kit;
        this.data = data;
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
        Figure([.. kit.World.Things.Take(16).SelectMany(Styles)], ["Things, each as OpenMoji, Noto Emoji and Twemoji draw it, where they do."]);
        foreach (var split in new[] { DataSplit.Train, DataSplit.Test })
            Samples(split);
        html.Append("</html>\n");
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(html.ToString())));
    }

    private void Counts(BuildSummary summary)
    {
        Table("emoji", ["split", "concepts", "pictures of them"], summary.Concepts.Select(entry => $"{entry.Key}|{entry.Value}|{summary.Sprites[entry.Key]}"));
        html.Append(CultureInfo.InvariantCulture, $"<p>{summary.NearDuplicates} pictures of later splits were left out: they look like one of an earlier split.")
            .Append(CultureInfo.InvariantCulture, $" Scenes are made of {summary.Things} things; {summary.UnseenThings} more were never shown.")
            .Append(CultureInfo.InvariantCulture, $" Of {summary.Pairs} pairs of things {summary.HeldOutPairs} never share a training scene. Sources are endless: a sample is made when it is asked for.</p>\n");
        if (summary.Manuals.Count > 0)
            Table("manuals", ["what", "number"], summary.Manuals.Select(static entry => $"{entry.Key}|{entry.Value}"));
        Table("evaluation sets", ["set", "pictures"], summary.Evaluation.Select(static entry => $"{entry.Key}|{entry.Value}"));
    }

    private void Samples(DataSplit split)
    {
        foreach (var (name, source) in Ordered(data.Pairs(split)))
        {
            Heading($"{split}: pairs, {name}");
            for (var i = 0UL; i < 6; i++)
            {
                var pairs = source.Get(i).Pairs;
                Figure(
                    [.. pairs.SelectMany(static pair => Shown(pair.Left.Parts.Concat(pair.Right.Parts)))],
                    pairs.Select(static pair => string.Join(" | ", Told(pair.Left.Parts.Concat(pair.Right.Parts)))));
            }
        }

        foreach (var (name, source) in Ordered(data.Captions(split)))
        {
            Heading($"{split}: captions, {name}");
            for (var i = 0UL; i < 4; i++)
            {
                var sample = source.Get(i);
                Figure(Shown(sample.Content.Parts), [.. Told(sample.Content.Parts), sample.Caption]);
            }
        }

        foreach (var (name, source) in Ordered(data.Dialogues(split)))
        {
            Heading($"{split}: dialogues, {name}");
            for (var i = 0UL; i < 6; i++)
            {
                var sample = source.Get(i);
                List<ContentPart> parts = [.. sample.Evidence.SelectMany(static item => item.Content.Parts), .. sample.Question.Parts];
                Figure(Shown(parts), [.. Told(parts), "\u2192 " + sample.Answer]);
            }
        }

        foreach (var (name, source) in Ordered(data.Sequences(split)))
        {
            Heading($"{split}: sequences, {name}");
            // Every third sample of the stories has pictures and texts.
            for (var i = 2UL; i < 14; i += 3)
            {
                List<ContentPart> parts = [.. source.Get(i).Parts.Select(static part => part.Part)];
                Figure(Shown(parts), Told(parts));
            }
        }

        foreach (var (name, source) in Ordered(data.Documents(split)))
        {
            Heading($"{split}: documents, {name}");
            for (var i = 0UL; i < 2; i++)
                Figure(Shown(source.Get(i).Parts), Told(source.Get(i).Parts));
        }
    }

    private IEnumerable<Picture> Styles(int concept) => EmojiStyles.All
        .Select(style => kit.Catalogue.Concepts[concept].Sprite(style))
        .Where(static sprite => sprite >= 0)
        .Select(sprite => kit.Canvas.DrawAlone(sprite, background: 0, look: 0));

    private void Heading(string text) => html.Append(CultureInfo.InvariantCulture, $"<h2>{text}</h2>\n");

    private void Table(string title, string[] columns, IEnumerable<string> rows)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><table><tr><th>{string.Join("</th><th>", columns)}</th></tr>\n");
        foreach (var row in rows)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{string.Join("</td><td>", row.Split('|'))}</td></tr>\n");
        html.Append("</table>\n");
    }

    private void Figure(IReadOnlyList<Picture> shown, IEnumerable<string> lines)
    {
        html.Append("<figure>");
        if (shown.Count > 0)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{pictures++:000}.png");
            File.WriteAllBytes(Path.Combine(folder, Pictures, name), ImageEncoder.EncodePng(ContactSheet.Lay(shown, Columns)));
            html.Append(CultureInfo.InvariantCulture, $"<img src=\"{Pictures}/{name}\" alt=\"\">");
        }

        html.Append(CultureInfo.InvariantCulture, $"<figcaption>{WebUtility.HtmlEncode(string.Join('\n', lines.Select(Shortened)))}</figcaption></figure>\n");
    }

    private static IOrderedEnumerable<KeyValuePair<string, T>> Ordered<T>(IReadOnlyDictionary<string, T> sources) =>
        sources.OrderBy(static entry => entry.Key, StringComparer.Ordinal);

    private static List<Picture> Shown(IEnumerable<ContentPart> parts) => [.. parts.OfType<PictureContent>().Select(static part => part.Picture)];

    private static IEnumerable<string> Told(IEnumerable<ContentPart> parts) => parts.OfType<TextContent>().Select(static part => part.Text);

    private static string Shortened(string text) => text.Length <= LongestText ? text : text[..LongestText] + " …";
}
