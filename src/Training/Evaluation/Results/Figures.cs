using System.Globalization;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>Figures as tables and plots show them: in percent, one digit after the point.</summary>
internal static class Figures
{
    public static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0;-0.0;0.0}");

    /// <summary>With its sign.</summary>
    public static string Signed(double value) => string.Create(CultureInfo.InvariantCulture, $"{100 * value:+0.0;-0.0;0.0}");

    public static string Bounds(Interval interval) => interval.Bounds(Percent, " to ");

    /// <summary>A cell of a Markdown table.</summary>
    public static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ');
}
