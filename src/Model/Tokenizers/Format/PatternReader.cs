using System.Text.RegularExpressions;

namespace UnifiedVlm.Model.Tokenizers.Format;

/// <summary>A pattern field: {"String": literal} or {"Regex": expression}.</summary>
internal static class PatternReader
{
    // A pattern of a hostile file must not hang an ingesting process. Per match, so the length of the text does not matter.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);

    public static Regex Read(JsonField field)
    {
        if (!field["String"].IsNull)
            return Compile(field["String"], Regex.Escape(field["String"].String()));
        return Compile(field["Regex"], field["Regex"].String());
    }

    public static Regex Compile(JsonField field, string pattern)
    {
        try
        {
            return Compile(pattern);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerFormatException(field.Path, $"the expression can't be used: {e.Message}", e);
        }
    }

    public static Regex Compile(string pattern) => new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, MatchTimeout);
}
