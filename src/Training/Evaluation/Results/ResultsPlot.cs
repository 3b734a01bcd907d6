using System.Globalization;
using System.Security;
using System.Text;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary><c>results.svg</c>: the headline figures as bars with their intervals, chance and the text alone as marks. Follows the reader's light or dark.</summary>
public static class ResultsPlot
{
    public const string FileName = "results.svg";

    private const int LabelWidth = 470;
    private const int PlotWidth = 420;
    private const int ValueWidth = 70;
    private const int RowHeight = 20;
    private const int HeadHeight = 30;
    private const int Top = 44;
    private const int Bottom = 30;

    private const string Style =
        """
        <style>
        .page { fill: #ffffff } text { fill: #24292f; font: 12px sans-serif } .head { font-weight: bold } .soft { fill: #6e7781 }
        .bar { fill: #4f8cc9 } .line { stroke: #d0d7de } .range { stroke: #24292f; stroke-width: 1.5 }
        .chance { stroke: #cf222e; stroke-width: 2 } .alone { fill: none; stroke: #8250df; stroke-width: 2 }
        @media (prefers-color-scheme: dark) {
        .page { fill: #0d1117 } text { fill: #e6edf3 } .soft { fill: #8d96a0 } .bar { fill: #3a6ea5 } .line { stroke: #30363d }
        .range { stroke: #e6edf3 } .chance { stroke: #ff7b72 } .alone { stroke: #bc8cff }
        }
        </style>

        """;

    public static string Render(EvaluationResult result)
    {
        var sets = result.Sets
            .Select(static set => (set.Name, Measures: set.Measures.Where(static m => m.IsHeadline && m.Outcomes.All(static o => o >= 0)).ToList()))
            .Where(static set => set.Measures.Count > 0)
            .ToList();
        var height = Top + sets.Sum(static set => HeadHeight + RowHeight * set.Measures.Count) + Bottom;
        var svg = new StringBuilder();
        Append(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {LabelWidth + PlotWidth + ValueWidth} {height}\" role=\"img\" aria-label=\"Evaluation of {Escape(result.Model)}\">\n");
        svg.Append(Style);
        Append(svg, $"<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
        Append(svg, $"<text class=\"head\" x=\"12\" y=\"22\">Evaluation of {Escape(result.Model)}</text>\n");
        Append(svg, $"<text class=\"soft\" x=\"{LabelWidth}\" y=\"22\">percent, 95 % intervals; red line: chance; circle: text alone</text>\n");
        for (var percent = 0; percent <= 100; percent += 25)
        {
            Append(svg, $"<line class=\"line\" x1=\"{X(percent / 100.0)}\" x2=\"{X(percent / 100.0)}\" y1=\"{Top - 8}\" y2=\"{height - Bottom + 6}\"/>\n");
            Append(svg, $"<text class=\"soft\" text-anchor=\"middle\" x=\"{X(percent / 100.0)}\" y=\"{height - 8}\">{percent}</text>\n");
        }

        var y = Top;
        foreach (var (name, measures) in sets)
        {
            Append(svg, $"<text class=\"head\" x=\"12\" y=\"{y + 20}\">{Escape(name)}</text>\n");
            y += HeadHeight;
            foreach (var measure in measures)
            {
                AppendRow(svg, measure, y);
                y += RowHeight;
            }
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void AppendRow(StringBuilder svg, MeasureResult measure, int y)
    {
        var (value, low, high) = measure.Interval;
        var middle = y + RowHeight / 2;
        Append(svg, $"<text x=\"24\" y=\"{middle + 4}\">{Escape($"{measure.Task}, {measure.Name} ({measure.Score})")}</text>\n");
        Append(svg, $"<rect class=\"bar\" x=\"{X(0)}\" y=\"{y + 4}\" width=\"{X(value) - X(0)}\" height=\"{RowHeight - 8}\"/>\n");
        if (measure.Interval.IsEstimable)
            Append(svg, $"<line class=\"range\" x1=\"{X(low)}\" x2=\"{X(high)}\" y1=\"{middle}\" y2=\"{middle}\"/>\n");
        if (measure.Random is { } random)
            Append(svg, $"<line class=\"chance\" x1=\"{X(random)}\" x2=\"{X(random)}\" y1=\"{y + 2}\" y2=\"{y + RowHeight - 2}\"/>\n");
        if (measure.TextOnly is { } alone)
            Append(svg, $"<circle class=\"alone\" cx=\"{X(alone.Interval.Value)}\" cy=\"{middle}\" r=\"4\"/>\n");
        Append(svg, $"<text x=\"{LabelWidth + PlotWidth + 10}\" y=\"{middle + 4}\">{Figures.Percent(value)}</text>\n");
    }

    private static double X(double share) => Math.Round(LabelWidth + PlotWidth * Math.Clamp(share, 0, 1), 1);

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
