namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>From the code points of an emoji to those of its concept.</summary>
internal static class ConceptId
{
    private const string Joiner = "200D";

    private static readonly HashSet<string> Dropped = ["FE0F", "FE0E", "1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"];

    private static readonly HashSet<string> GenderSigns = ["2640", "2642"];

    // Man, woman; boy, girl; old man, old woman: the neutral person of that age.
    private static readonly Dictionary<string, string> Neutral = new()
    {
        ["1F468"] = "1F9D1",
        ["1F469"] = "1F9D1",
        ["1F466"] = "1F9D2",
        ["1F467"] = "1F9D2",
        ["1F474"] = "1F9D3",
        ["1F475"] = "1F9D3",
    };

    /// <summary>Without variation selectors, in upper case: how the packages' different spellings of one emoji meet.</summary>
    public static string Plain(string hexcode) => string.Join('-', hexcode.ToUpperInvariant().Split('-').Where(static point => point is not ("FE0F" or "FE0E")));

    /// <summary>Without variation selectors, skin tones and gender.</summary>
    public static string Of(string hexcode)
    {
        var points = hexcode.ToUpperInvariant().Split('-').Where(static point => !Dropped.Contains(point)).ToList();
        for (var i = points.Count - 1; i > 0; i--)
        {
            if (points[i - 1] == Joiner && GenderSigns.Contains(points[i]))
                points.RemoveRange(i - 1, 2);
        }

        return string.Join('-', points.Select(static point => Neutral.GetValueOrDefault(point, point)));
    }
}
