using System.Text;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>Many drawings on one sheet, so that one process rasterises them all.</summary>
internal static partial class SvgSheet
{
    public const int Columns = 8;

    public const int Capacity = Columns * Columns;

    /// <summary>Pixels a side of one drawing's cell: larger than a sprite, which is cut out of it and shrunk.</summary>
    public const int Cell = 96;

    public static string Compose(IReadOnlyList<IconArt> drawings)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(drawings.Count, Capacity);
        var svg = new StringBuilder();
        svg.Append(null, $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{Columns * Cell}\" height=\"{Columns * Cell}\">");
        for (var i = 0; i < drawings.Count; i++)
        {
            var (viewBox, namespaces, body) = drawings[i];
            svg.Append(null, $"<svg {namespaces} x=\"{i % Columns * Cell}\" y=\"{i / Columns * Cell}\" width=\"{Cell}\" height=\"{Cell}\" viewBox=\"{viewBox}\">");
            // Ids of different drawings are often the same.
            svg.Append(Id().Replace(body, $"$1i{i}-$2")).Append("</svg>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    [GeneratedRegex("(\\bid=\"|url\\(#|href=\"#)([^\")]+)")]
    private static partial Regex Id();
}
