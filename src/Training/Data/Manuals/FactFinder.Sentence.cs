using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Sentences that explain themselves: "An X is a ..", "To do X, use ..", "X lets you ..".</summary>
internal sealed partial class FactFinder
{
    private void Purpose(int part, string sentence)
    {
        if (kind != ManualKind.Guide || topic.Length == page.Title.Length || !sentence.EndsWith('.'))
            return;
        var at = sentence.IndexOf(page.Title, StringComparison.OrdinalIgnoreCase);
        if (at is < 0 or > 10 || sentence.Split(' ').Length < 6 || !PurposeStart().IsMatch(sentence) || Conditional().IsMatch(sentence))
            return;
        Add(FactKind.Purpose, part, topic, "", sentence);
        if (UsedTo().Match(sentence) is { Success: true } used && SelfContained(used.Groups[1].Value))
            Add(FactKind.HowTo, part, AsAsked(used.Groups[1].Value), "", sentence);
        else if (Does().Match(sentence) is { Success: true } does && $"{Infinitive(does.Groups["verb"].Value)} {does.Groups["rest"].Value}" is var deed && SelfContained(deed))
            Add(FactKind.HowTo, part, AsAsked(deed), "", sentence);
    }

    private void Definition(int part, string sentence)
    {
        if (DefinitionStart().Match(sentence) is not { Success: true } match || !sentence.EndsWith('.'))
            return;
        var term = match.Groups["term"].Value;
        var words = term.Split(' ');
        if (NoTerms().IsMatch(term) || words.Length > 4)
            return;

        // "The image is a .." speaks of one image; a name or the page's own topic stands for itself.
        var named = words.Any(static word => word.Length > 1 && word.Count(char.IsUpper) > 1);
        var article = match.Groups["article"].Value;
        var generic = article is "A " or "An " && !match.Value.EndsWith(" the", StringComparison.Ordinal);
        var own = Sentences.KeyWords(term) is { Count: > 0 } keys && keys.IsSubsetOf(Sentences.KeyWords(page.Title));
        if ((named && article.Length == 0) || own || generic)
            Add(FactKind.Definition, part, article.ToLowerInvariant() + term, "", sentence);
    }

    private void Deed(int part, string sentence)
    {
        if (!sentence.EndsWith('.') || (ToDo().Match(sentence) is not { Success: true } match && (match = CanBy().Match(sentence)) is not { Success: true }))
            return;
        var deed = match.Groups["deed"].Value.Trim();
        if (SelfContained(deed))
            Add(FactKind.HowTo, part, AsAsked(deed), "", sentence);
    }

    /// <summary>A deed that can be asked about without the text before it.</summary>
    private static bool SelfContained(string deed) =>
        deed.Split(' ').Length is >= 2 and <= 11 && Sentences.KeyWords(deed).Count >= 2 && !Pointing().IsMatch(deed);

    /// <summary>"adds", "copies", "crosses": without the ending of the third person.</summary>
    private static string Infinitive(string verb) => verb switch
    {
        _ when verb.EndsWith("ies", StringComparison.Ordinal) => $"{verb[..^3]}y",
        _ when EndingEs().IsMatch(verb) => verb[..^2],
        _ => verb[..^1],
    };

    private static string AsAsked(string deed) => Regex.Replace(Regex.Replace(deed.Trim(' ', ',', '.'), @"\byour\b", "my"), @"\byou\b", "I");

    [GeneratedRegex(@"^(?:The |This |“|GIMP's )", RegexOptions.CultureInvariant)]
    private static partial Regex PurposeStart();

    [GeneratedRegex(@"\b(?:similar to|see|like the|described|located|called from|opens? in|works only|new in|was |were )\b", RegexOptions.CultureInvariant)]
    private static partial Regex Conditional();

    [GeneratedRegex(@"\b(?:is used to|can be used to|allows you to|lets you|enables you to|allows to|is designed to)\s+([a-z][^.;:()]{8,80})\.$", RegexOptions.CultureInvariant)]
    private static partial Regex UsedTo();

    /// <summary>"The New Guide command adds a guide to the image."</summary>
    [GeneratedRegex(@"(?:tool|filter|plug-in|command|script) (?!is\b|has\b|does\b|was\b|works\b|acts\b|consists\b|gets\b|comes\b|appears\b)(?<verb>[a-z]{3,12}s) (?!and\b|or\b)(?<rest>[^.;:()]{8,80})\.$", RegexOptions.CultureInvariant)]
    private static partial Regex Does();

    [GeneratedRegex("(?:sh|ch|ss|x|zz|o)es$", RegexOptions.CultureInvariant)]
    private static partial Regex EndingEs();

    /// <summary>"You can rotate the layer by dragging its corner."</summary>
    [GeneratedRegex(@"^You can (?!also\b|see\b|find\b|do\b|then\b|now\b)(?<deed>[a-z][^,.;:()]{8,70}?) (?:by [a-z]+ing|using the|with the help of|through the|via the) ", RegexOptions.CultureInvariant)]
    private static partial Regex CanBy();

    [GeneratedRegex(@"^(?<article>An? |The )?(?<term>[A-Za-z][\w’'+/-]*(?: [\w’'+/-]+){0,3}?) (?:is|are) (?:an?|the|one of|used|software|text|files?|programs?)\b", RegexOptions.CultureInvariant)]
    private static partial Regex DefinitionStart();

    [GeneratedRegex(
        @"^(?:This|That|These|Those|It|There|Here|Following|If|When|What|One|Another|Other|Some|Each|Every|All|Both|Any|No|You|We|They|He|She|As|In|On|At|So|But|And|Or|For|First|Second|Third|Then|Also|Now|Note|Such|Below|Above|Next|Another|Only|To)\b|\b(?:following|example|above|below|result|problem|way|thing|reason|case|first|second|last|next|other|same|goal|idea|default|advantage|drawback|that|which|who|note|purpose|its|their|exception|alternative|solution|possibility|difference|simple|good|further|main|few|more|number|it|this|these)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NoTerms();

    [GeneratedRegex(
        @"^(?:To|If you (?:want|wish|need) to|In order to|When you want to) (?<deed>[a-z][^,.;:()]{6,90}?), (?:first |just |simply |please |then |you (?:can|must|should|have to|need to|may|could|will have to) |it is (?:enough|sufficient) to |one can )?(?:use|click|select|press|hold|choose|run|set|go|open|drag|enter|type|add|double-click|right-click|check|uncheck|move|call|install|pass|create|edit|execute|do|start|change|specify|make|switch|draw|pull|activate|copy|paste|place|put|import|hit|clicking|enable|configure|be|turn|keep|apply|delete|give|let)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex ToDo();

    [GeneratedRegex(@"\b(?:it|its|this|these|those|them|that|do so|such|they|their|he|so|here|there|the following|above|below|same|latter|former|another|other|begin|sum up|summarise|summarize|conclude)\b|[\\“”=<>]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Pointing();
}
