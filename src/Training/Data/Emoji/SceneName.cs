namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>A short, unmistakable name of a thing and its plural.</summary>
public sealed record SceneName(string Singular, string Plural)
{
    private static readonly string[] VowelSoundsOfConsonants = ["hourglass"];

    private static readonly string[] ConsonantSoundsOfVowels = ["uni", "eu"];

    /// <summary>With its indefinite article: "an apple", "a unicorn".</summary>
    public string WithArticle => (StartsWithVowelSound ? "an " : "a ") + Singular;

    private bool StartsWithVowelSound =>
        StartsWithOneOf(VowelSoundsOfConsonants) || ("aeiou".Contains(Singular[0]) && !StartsWithOneOf(ConsonantSoundsOfVowels));

    private bool StartsWithOneOf(string[] beginnings) => Array.Exists(beginnings, beginning => Singular.StartsWith(beginning, StringComparison.Ordinal));
}
