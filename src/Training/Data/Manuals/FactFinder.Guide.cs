using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>What a user's guide says of its tools: where they are, what they do, what their options mean.</summary>
internal sealed partial class FactFinder
{
    private static readonly HashSet<string> NoOptions = new(StringComparer.OrdinalIgnoreCase)
    {
        "Note", "Tip", "Warning", "Caution", "Important", "Overview", "Original", "Example", "Examples", "Parameters", "Returns", "Attributes", "Notes", "References", "See also", "Yields", "Raises",
        "Default", "Presets",
    };

    private static readonly HashSet<string> Keys = new(StringComparer.Ordinal) { "Ctrl", "Shift", "Alt", "Ctrl+Shift", "Shift+Ctrl", "Ctrl+Alt", "Alt+Ctrl", "Space bar", "Esc", "Tab" };

    /// <summary>"the Smudge" and "The Smudge tool evokes ..": the page's topic is "Smudge tool".</summary>
    private void Topic()
    {
        if (kind != ManualKind.Guide)
            return;
        var noun = new Regex($@"\b{Regex.Escape(page.Title)}\b[”""’]? (tool|filter|plug-in|command|dialog|layer mode|script)s?\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        foreach (var text in page.Parts.Select(static part => part.Text).OfType<string>())
        {
            if (noun.Match(text) is { Success: true } match)
            {
                topic = $"{page.Title} {match.Groups[1].Value.ToLowerInvariant()}";
                return;
            }

            if (ActivatingWhat().Match(text) is { Success: true } activating && !page.Title.Contains(activating.Groups[1].Value, StringComparison.OrdinalIgnoreCase))
            {
                topic = $"{page.Title} {activating.Groups[1].Value.ToLowerInvariant()}";
                return;
            }
        }
    }

    private void Places(int part, string block)
    {
        foreach (var line in block.Split('\n'))
        {
            var item = line.TrimStart(' ', '-').TrimEnd();
            if (item.EndsWith(':') || !heading.StartsWith("Activat", StringComparison.OrdinalIgnoreCase))
                continue;
            var answer = LeadIn().Replace(Sentences.Split(item).First(), "").TrimEnd(',', ';', ' ');
            if (answer.Contains('→', StringComparison.Ordinal))
                Add(FactKind.Place, part, topic, "", answer);
            else if (ShortcutWords().IsMatch(answer))
                Add(FactKind.Shortcut, part, topic, "", answer);
        }
    }

    /// <summary>A term and its explanation.</summary>
    private void Entry(int part, string term, string explanation)
    {
        if (TypedParameter().Match(term) is { Success: true } typed)
        {
            Parameter(part, typed.Groups[1].Value, explanation);
            return;
        }

        if (explanation.Contains(">>>", StringComparison.Ordinal))
            return;
        foreach (var line in explanation.Split('\n').Where(static line => !line.StartsWith('-')))
            Sentences.Split(line).ToList().ForEach(sentence => Deed(part, sentence));
        if (page.Title.StartsWith("Glossary", StringComparison.Ordinal))
            Term(part, term, explanation);
        if (kind != ManualKind.Guide || !KindOfThing().IsMatch(topic) || NoOptions.Contains(term) || term.StartsWith("New ", StringComparison.Ordinal) || term.Length > 45 || term.Contains(';', StringComparison.Ordinal) || term.Contains(", ", StringComparison.Ordinal) || term.EndsWith('.')
            || explanation.Length == 0)
        {
            return;
        }

        var answer = Sentences.Split(explanation.Split('\n')[0]).First();
        if (answer.StartsWith('-') || !answer.EndsWith('.'))
            return;
        if (Keys.Contains(term))
            Add(FactKind.Modifier, part, term, topic, answer);
        else if (char.IsUpper(term[0]) && !ElsewhereOption().IsMatch(answer))
            Add(FactKind.Option, part, term.Trim('“', '”', '"'), topic, answer);
    }

    /// <summary>An entry of a glossary whose first sentence speaks of the term.</summary>
    private void Term(int part, string term, string explanation)
    {
        var answer = Sentences.Split(explanation.Split('\n')[0]).FirstOrDefault() ?? "";
        if (answer.Contains(term, StringComparison.OrdinalIgnoreCase) && answer.EndsWith('.') && term.Length <= 30)
            Add(FactKind.Definition, part, term, "", answer);
    }

    /// <summary>Ways to a tool are given as a list: "..., or by using the keyboard shortcut N".</summary>
    [GeneratedRegex("^(?:or|and) ", RegexOptions.CultureInvariant)]
    private static partial Regex LeadIn();

    /// <summary>What has options; a chapter on something has none.</summary>
    [GeneratedRegex(@"\b(?:tools?|filters?|commands?|dialogs?|plug-in|scripts?|(?:sub)?menu|mode|editor)[”""]?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex KindOfThing();

    [GeneratedRegex(@"Activat(?:ing|e|ion of) (?:the )?(tool|filter|command|dialog|plug-in|script)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ActivatingWhat();

    [GeneratedRegex(@"\b(?:shortcut|keyboard|pressing the|by typing)\b", RegexOptions.CultureInvariant)]
    private static partial Regex ShortcutWords();

    [GeneratedRegex(@"^(?:These|Those|They)\b|^(?:It|This) is (?:the same|described)|is (?:treated|explained|described)", RegexOptions.CultureInvariant)]
    private static partial Regex ElsewhereOption();
}
