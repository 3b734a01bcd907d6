using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Makes what the importer reads from a manual's page fit for training: parts of a length, parameters apart from their types.</summary>
internal sealed partial class ManualText
{
    /// <summary>UTF-16 units: about 100 tokens of the shipped tokenizer.</summary>
    public const int MaxPart = 340;

    /// <summary>Parameters of the last signature on the page, without their defaults.</summary>
    private IReadOnlyList<string> parameters = [];

    /// <summary>The blocks of a page are to be given in order: a parameter is told from its type by the signature before it.</summary>
    public IEnumerable<string> Parts(string part)
    {
        var blocks = part.Split("\n\n").Where(static block => !Navigation().IsMatch(block)).SelectMany(Unnested).Select(Repair);
        return Sentences.Pieces(string.Join("\n\n", blocks), MaxPart);
    }

    /// <summary>Whether a block only announces a list: "Parameters:".</summary>
    public static bool IsListName(string block) => ListName().IsMatch(block + "\n") && !block.Contains('\n', StringComparison.Ordinal);

    /// <summary>The name and the parameters of a signature such as <c>class a.b.Lasso(alpha=1.0, *, tol=1e-4)</c>; null for other lines.</summary>
    public static (string Name, IReadOnlyList<string> Parameters)? Signature(string line)
    {
        if (Call().Match(line) is not { Success: true } call)
            return null;
        return (call.Groups["name"].Value, Names(call.Groups["list"].Value));
    }

    /// <summary>The first entry of a list stands together with the list's name: they are parted, so that every entry is one block.</summary>
    private static string[] Unnested(string block) => ListName().Match(block) is { Success: true } name ? [name.Groups[1].Value, block[name.Length..]] : [block];

    private string Repair(string block)
    {
        var end = block.IndexOf('\n', StringComparison.Ordinal);
        var line = end < 0 ? block : block[..end];
        if (Signature(line) is { } signature)
        {
            parameters = signature.Parameters;
            return block;
        }

        // Sphinx parts a parameter from its type by a style alone: what is read is "alphafloat, default=1.0".
        if (end < 0 || line.Contains(" : ", StringComparison.Ordinal))
            return block;
        var name = parameters.Where(name => line.StartsWith(name, StringComparison.Ordinal)).MaxBy(static name => name.Length);
        if (name is null && Attribute().Match(line) is { Success: true } attribute)
            name = attribute.Groups[1].Value;
        if (name is null || line.Length == name.Length || !TypeStart().IsMatch(line[name.Length..]))
            return block;
        return $"{name} : {line[name.Length..].Replace("python:", "", StringComparison.Ordinal)}{block[end..]}";
    }

    private static List<string> Names(string list)
    {
        var names = new List<string>();
        var depth = 0;
        var start = 0;
        for (var i = 0; i <= list.Length; i++)
        {
            if (i < list.Length && list[i] is '(' or '[' or '{')
                depth++;
            else if (i < list.Length && list[i] is ')' or ']' or '}')
                depth--;
            if (i < list.Length && (list[i] != ',' || depth > 0))
                continue;
            var name = list[start..i].Split('=', ':')[0].Trim(' ', '*', '[', ']', ',');
            if (name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c == '_'))
                names.Add(name);
            start = i + 1;
        }

        return names;
    }

    [GeneratedRegex(@"^((?:Other )?(?:Parameters|Attributes|Returns|Yields|Raises):?)\n", RegexOptions.CultureInvariant)]
    private static partial Regex ListName();

    /// <summary>Links to the pages before and after.</summary>
    [GeneratedRegex(@"^- Prev(?!iew).*\n- (?:Up|Home)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Navigation();

    [GeneratedRegex(@"^(?:class |abstract |static |classmethod )*(?<name>[A-Za-z_][\w.]*)\((?<list>.*)\)(?:\s*→.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Call();

    [GeneratedRegex(@"^([a-z]\w*?_)(?=ndarray|float|int\b|bool|array|list|dict|sparse|str\b|object|estimator|\{)", RegexOptions.CultureInvariant)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^(?:python:|[A-Za-z{‘'""(\[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex TypeStart();
}
