using System.Globalization;
using System.Net;
using System.Text;

namespace UnifiedVlm.Training.Loop.Report;

/// <summary>Curves over steps as an inline SVG picture.</summary>
internal static class LineChart
{
    private const int Width = 560;
    private const int Height = 240;
    private const int Left = 64;
    private const int Right = 12;
    private const int Top = 12;
    private const int Bottom = 28;
    private const int Ticks = 4;
    private const int MaxPoints = 400;

    /// <returns>A figure element; empty where there is nothing to draw.</returns>
    public static string Draw(string title, IReadOnlyList<ChartSeries> series)
    {
        var points = series.SelectMany(static s => s.Points).Where(static p => double.IsFinite(p.Value)).ToList();
        if (points.Count == 0)
            return "";
        var (first, last) = (points.Min(static p => p.Step), points.Max(static p => p.Step));
        var (low, high) = (points.Min(static p => p.Value), points.Max(static p => p.Value));
        low = low >= 0 && low < high / 2 ? 0 : low;
        if (high - low < 1e-12)
            high = low + Math.Max(1e-12, Math.Abs(low) * 0.1);
        double X(double step) => Left + (Width - Left - Right) * (last > first ? (step - first) / (last - first) : 0.5);
        double Y(double value) => Top + (Height - Top - Bottom) * (1 - (value - low) / (high - low));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{WebUtility.HtmlEncode(title)}</figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        for (var i = 0; i <= Ticks; i++)
        {
            var value = low + (high - low) * i / Ticks;
            var step = first + (last - first) * i / Ticks;
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 6}\" y=\"{Y(value) + 4:0.#}\">{value:G3}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{X(step):0.#}\" y=\"{Height - 8}\">{step:0}</text>");
        }

        for (var s = 0; s < series.Count; s++)
        {
            var path = string.Join(' ', Thin(series[s].Points).Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Step):0.#},{Y(p.Value):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"c{s % 6}\" points=\"{path}\"/>");
        }

        svg.Append("</svg><p>");
        for (var s = 0; s < series.Count; s++)
        {
            var latest = series[s].Points.Count > 0 ? series[s].Points[^1].Value : double.NaN;
            svg.Append(CultureInfo.InvariantCulture, $"<span class=\"c{s % 6}\">{WebUtility.HtmlEncode(series[s].Name)} {latest:G4}</span> ");
        }

        return svg.Append("</p></figure>").ToString();
    }

    /// <summary>The means of equal stretches where there are more points than pixels show.</summary>
    private static IEnumerable<(double Step, double Value)> Thin(IReadOnlyList<(double Step, double Value)> points)
    {
        var finite = points.Where(static p => double.IsFinite(p.Value)).ToList();
        var size = (finite.Count + MaxPoints - 1) / MaxPoints;
        return size <= 1 ? finite : finite.Chunk(size).Select(static c => (c[^1].Step, c.Average(static p => p.Value)));
    }
}
