using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Finds what can be asked about a page and the sentence that answers it, by rules that prefer to miss a fact to inventing one. One page
/// at a time; a fact's answer is a substring of the part it names.
/// </summary>
internal sealed partial class FactFinder
{
    /// <summary>UTF-16 units of an answer: up to about 40 tokens.</summary>
    private const int MaxAnswer = 170;

    private const int MinAnswer = 16;

    private readonly int index;
    private readonly ManualPage page;
    private readonly ManualKind kind;
    private readonly List<ManualFact> facts = [];
    private readonly HashSet<string> asked = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The last numbered heading.</summary>
    private string heading = "";

    /// <summary>The thing the page is about, with what it is: "Smudge tool".</summary>
    private string topic;

    private IReadOnlyList<string> parameters = [];
    private string callable = "";

    private FactFinder(int index, ManualPage page)
    {
        this.index = index;
        this.page = page;
        kind = Manual.Named(page.Source).Kind;
        topic = page.Title;
    }

    public static IReadOnlyList<ManualFact> Find(int index, ManualPage page)
    {
        var finder = new FactFinder(index, page);
        finder.Topic();
        for (var part = 0; part < page.Parts.Count; part++)
        {
            if (page.Parts[part].Text is { } text)
                finder.Part(part, text);
        }

        return finder.facts;
    }

    private void Part(int part, string text)
    {
        foreach (var block in text.Split("\n\n"))
        {
            if (NumberedHeading().Match(block) is { Success: true } numbered)
                heading = numbered.Groups[1].Value;
            else if (ManualText.Signature(block.Split('\n')[0]) is { } signature)
                Callable(part, block, signature);
            else if (block.IndexOf('\n', StringComparison.Ordinal) is var line and > 0 && !block.StartsWith('-') && !block.StartsWith(">>>", StringComparison.Ordinal))
                Entry(part, block[..line].Trim(), block[(line + 1)..].Trim());
            else
                Paragraph(part, block);
        }
    }

    private void Paragraph(int part, string block)
    {
        if (kind == ManualKind.Guide && (heading.StartsWith("Activat", StringComparison.OrdinalIgnoreCase) || block.Contains("→", StringComparison.Ordinal)))
            Places(part, block);
        if (block.Contains(">>>", StringComparison.Ordinal))
            return;
        foreach (var sentence in Sentences.Split(block))
        {
            Purpose(part, sentence);
            Definition(part, sentence);
            Deed(part, sentence);
        }
    }

    private void Add(FactKind fact, int part, string subject, string of, string answer)
    {
        answer = answer.Trim();
        if (answer.Length is < MinAnswer or > MaxAnswer || subject.Length is 0 or > 90 || Unquotable().IsMatch(answer) || !answer.Contains(' ', StringComparison.Ordinal) || answer.Contains('\n', StringComparison.Ordinal))
            return;
        if (!page.Parts[part].Text!.Contains(answer, StringComparison.Ordinal) || !asked.Add($"{fact}|{subject}|{of}"))
            return;
        facts.Add(new ManualFact { Page = index, Part = part, Kind = fact, Subject = subject, Of = of, Answer = answer });
    }

    /// <summary>Mathematics, code and sentences that only point elsewhere answer nothing.</summary>
    [GeneratedRegex(@"\\\(|\\\[|>>>|::|\bhttps?:|^See\b|^Read more|described (?:in|below|above)|as follows|the following|below\b.*[:.]$|:$|^Deprecated|^New in|^Changed in|^Same as|Section \d", RegexOptions.CultureInvariant)]
    private static partial Regex Unquotable();

    [GeneratedRegex(@"^\d+(?:\.\d+)*\.?\s(\S[^\n]{1,80})$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberedHeading();
}
