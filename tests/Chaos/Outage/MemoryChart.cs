using System.Globalization;
using System.Text;

namespace UnifiedVlm.Chaos.Outage;

/// <summary>Resident memory of each node over the time of the run, as an SVG picture.</summary>
internal static class MemoryChart
{
    private const int Width = 720;
    private const int Height = 240;
    private const int Left = 60;
    private const int Bottom = 30;
    private const int Lines = 4;

    private static readonly string[] Colours = ["#1b6ca8", "#c2571a", "#2e7d4f", "#7b3fa0", "#a8323e", "#666666", "#8a6d1d", "#14807d"];

    /// <param name="away">How long PostgreSQL was away: shaded.</param>
    public static string Draw(IReadOnlyList<OutageSample> samples, TimeSpan away)
    {
        var end = samples[^1].At.TotalSeconds;
        var most = samples.SelectMany(static s => s.Nodes).Max(static n => n.Resident) * 1.1;
        double X(TimeSpan at) => Left + (Math.Max(0, at.TotalSeconds) / end * (Width - Left - 10));
        double Y(double bytes) => (Height - Bottom) - (bytes / most * (Height - Bottom - 10));
        var text = new StringBuilder();
        text.AppendLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="11">""");
        text.AppendLine(Invariant($"""<rect x="{Left}" y="10" width="{X(away) - Left:F1}" height="{Height - Bottom - 10}" fill="#eeeeee"/>"""));
        text.AppendLine(Invariant($"""<text x="{Left + 4}" y="22" fill="#555555">PostgreSQL away, {away.TotalSeconds:F0} s</text>"""));
        for (var line = 0; line <= Lines; line++)
        {
            var (value, second) = (most / Lines * line, end / Lines * line);
            text.AppendLine(Invariant($"""<line x1="{Left}" x2="{Width - 10}" y1="{Y(value):F1}" y2="{Y(value):F1}" stroke="#cccccc"/><text x="4" y="{Y(value) + 4:F1}">{value / 1048576:F0} MB</text>"""));
            text.AppendLine(Invariant($"""<text x="{X(TimeSpan.FromSeconds(second)):F1}" y="{Height - 10}" text-anchor="middle">{second:F0} s</text>"""));
        }

        for (var node = 0; node < samples[0].Nodes.Count; node++)
        {
            var points = string.Join(' ', samples.Select(s => Invariant($"{X(s.At):F1},{Y(s.Nodes[node].Resident):F1}")));
            text.AppendLine($"""<polyline points="{points}" fill="none" stroke="{Colours[node % Colours.Length]}" stroke-width="1.5"/>""");
        }

        return text.AppendLine("</svg>").ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
