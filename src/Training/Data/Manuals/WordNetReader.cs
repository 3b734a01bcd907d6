using System.Globalization;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Reads nouns and verbs with their definitions from WordNet's data files (wndb(5WN)). Neighbours in the file are near in meaning.</summary>
internal static class WordNetReader
{
    /// <summary>UTF-16 units of a definition.</summary>
    private const int MinDefinition = 12;
    private const int MaxDefinition = 150;
    private const int MaxTerm = 32;

    /// <param name="folder">Holds <c>data.noun</c> and <c>data.verb</c>.</param>
    /// <exception cref="DataException">A file is missing.</exception>
    public static IEnumerable<Gloss> Read(string folder)
    {
        // A term is defined once, by its first sense: with a second definition beside it, what is right could not be told.
        var terms = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, verb) in new[] { ("data.noun", false), ("data.verb", true) })
        {
            foreach (var line in Lines(Path.Combine(folder, name)))
            {
                if (Parse(line, verb) is { } gloss && terms.Add(gloss.Term))
                    yield return gloss;
            }
        }
    }

    /// <summary>offset file type count word id .. | definition; "an example"; null for proper names and what does not fit.</summary>
    private static Gloss? Parse(string line, bool verb)
    {
        var bar = line.IndexOf(" | ", StringComparison.Ordinal);
        if (bar < 0 || line.StartsWith(' ') || line.AsSpan(0, bar).Contains(" @i ", StringComparison.Ordinal))
            return null;
        var fields = line[..bar].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6 || !int.TryParse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _))
            return null;
        var term = fields[4].Replace('_', ' ');

        // The id counts a word's senses within a file; later ones are rarer.
        if (fields[5] != "0" || term.Length > MaxTerm || term.Any(static c => !char.IsAsciiLetter(c) && c is not (' ' or '-' or '\'')))
            return null;
        var definition = line[(bar + 3)..].Split("; \"")[0].Trim(' ', ';');
        if (definition.IndexOf("; ", StringComparison.Ordinal) is var more && more >= MinDefinition)
            definition = definition[..more];
        if (definition.StartsWith('(') && definition.IndexOf(')', StringComparison.Ordinal) is var end && end > 0)
            definition = definition[(end + 1)..].Trim();
        return definition.Length is < MinDefinition or > MaxDefinition || definition.Contains('"', StringComparison.Ordinal)
            ? null
            : new Gloss { Term = term, Definition = definition, Verb = verb, Split = RawPage.Of("gloss " + term.ToLowerInvariant()) };
    }

    private static IEnumerable<string> Lines(string path) =>
        File.Exists(path) ? File.ReadLines(path) : throw new DataException(path, "is missing; fetch the sources with deploy/manuals.sh");
}
