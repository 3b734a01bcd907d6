using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>
/// The part of Go's templates, with Helm's functions, that the chart uses. Stricter than Helm: a path that leads nowhere is an error, and so is every function and
/// keyword that is not known here, so that nothing is taken as checked that is not.
/// </summary>
internal sealed partial class GoTemplate
{
    private readonly Dictionary<string, List<Node>> defined = [];

    /// <summary>Takes the named templates of a file.</summary>
    public void Define(string text) => Parse(text);

    /// <param name="context">What the dot is.</param>
    public string Render(string text, Dictionary<string, object?> context) => Render(Parse(text), new Scope(context, context, []));

    private List<Node> Parse(string text)
    {
        var pieces = new Queue<(bool IsAction, string Text)>();
        var from = 0;
        var trim = false;
        foreach (Match action in Action().Matches(text))
        {
            pieces.Enqueue((false, Trimmed(text[from..action.Index], trim, action.Groups["left"].Success)));
            pieces.Enqueue((true, action.Groups["code"].Value.Trim()));
            (from, trim) = (action.Index + action.Length, action.Groups["right"].Success);
        }

        pieces.Enqueue((false, Trimmed(text[from..], trim, atEnd: false)));
        if (pieces.Any(static piece => !piece.IsAction && (piece.Text.Contains("{{", StringComparison.Ordinal) || piece.Text.Contains("}}", StringComparison.Ordinal))))
            throw new FormatException("braces that belong to nothing");
        var nodes = Block(pieces, out var end);
        return end is null ? nodes : throw new FormatException($"{end} without a beginning");

        static string Trimmed(string piece, bool atStart, bool atEnd) => (atStart, atEnd) switch
        {
            (true, true) => piece.Trim(),
            (true, false) => piece.TrimStart(),
            (false, true) => piece.TrimEnd(),
            _ => piece,
        };
    }

    private List<Node> Block(Queue<(bool IsAction, string Text)> pieces, out string? end)
    {
        var nodes = new List<Node>();
        while (pieces.TryDequeue(out var piece))
        {
            var (keyword, rest) = piece.IsAction && Keyword().Match(piece.Text) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : ("", piece.Text);
            switch (keyword)
            {
                case "end" or "else":
                    end = keyword;
                    return nodes;
                case "define":
                    defined[rest.Trim('"')] = Closed(pieces);
                    break;
                case "if" or "with" or "range":
                    var body = Block(pieces, out var closing);
                    nodes.Add(new Node(keyword, rest, body, closing == "else" ? Closed(pieces) : closing == "end" ? [] : throw new FormatException($"{keyword} without an end")));
                    break;
                default:
                    if (!piece.Text.StartsWith("/*", StringComparison.Ordinal))
                        nodes.Add(new Node(piece.IsAction ? "value" : "text", piece.Text, [], []));
                    break;
            }
        }

        end = null;
        return nodes;
    }

    private List<Node> Closed(Queue<(bool IsAction, string Text)> pieces)
    {
        var nodes = Block(pieces, out var end);
        return end == "end" ? nodes : throw new FormatException("a block has no end");
    }

    private string Render(List<Node> nodes, Scope scope)
    {
        var output = new StringBuilder();
        foreach (var node in nodes)
            output.Append(Render(node, scope));
        return output.ToString();
    }

    private string Render(Node node, Scope scope)
    {
        switch (node.Kind)
        {
            case "text":
                return node.Code;
            case "value":
                return Text(Evaluate(node.Code, scope));
            case "if":
                return Render(IsTrue(Evaluate(node.Code, scope)) ? node.Body : node.Otherwise, scope);
            case "with":
                var value = Evaluate(node.Code, scope);
                return IsTrue(value) ? Render(node.Body, scope with { Dot = value }) : Render(node.Otherwise, scope);
            default:
                var loop = Loop().Match(node.Code);
                var entries = (Dictionary<string, object?>)Evaluate(loop.Groups["over"].Value, scope)!;
                return string.Concat(entries.OrderBy(static e => e.Key, StringComparer.Ordinal).Select(entry => Render(
                    node.Body, scope with { Variables = new() { [loop.Groups["key"].Value] = entry.Key, [loop.Groups["value"].Value] = entry.Value } })));
        }
    }

    private object? Evaluate(string pipeline, Scope scope)
    {
        object? result = null;
        var first = true;
        foreach (var command in Split(pipeline, '|'))
        {
            var words = Split(command, ' ').ToList();
            List<object?> arguments = [.. words.Skip(1).Select(word => Value(word, scope)), .. first ? (object?[])[] : [result]];
            result = Identifier().IsMatch(words[0]) ? Call(words[0], arguments) : Value(words[0], scope);
            first = false;
        }

        return result;
    }

    private object? Value(string word, Scope scope)
    {
        if (word[0] == '(')
            return Evaluate(word[1..^1], scope);
        if (word[0] == '"')
            return word[1..^1];
        if (word is "true" or "false")
            return word == "true";
        if (long.TryParse(word, CultureInfo.InvariantCulture, out var number))
            return number;
        if (word[0] is not ('.' or '$'))
            throw new NotSupportedException($"'{word}'");
        var path = word.Split('.', StringSplitOptions.RemoveEmptyEntries);
        var value = word[0] == '.' ? scope.Dot : path[0] == "$" ? scope.Root : scope.Variables[path[0]];
        foreach (var name in word[0] == '.' ? path : path[1..])
        {
            value = value is Dictionary<string, object?> map && map.TryGetValue(name, out var member)
                ? member
                : throw new KeyNotFoundException($"{word}: there is no '{name}'");
        }

        return value;
    }

    private object? Call(string function, List<object?> a) => function switch
    {
        "include" => Render(defined[(string)a[0]!], new Scope(a[1], a[1], [])),
        "print" => string.Concat(a.Select(Text)),
        "printf" => a.Skip(1).Aggregate((string)a[0]!, static (format, value) => new Regex("%s").Replace(format, Text(value), 1)),
        "quote" => $"\"{Text(a[0]).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        "default" => IsTrue(a[1]) ? a[1] : a[0],
        "eq" => Equals(a[0], a[1]),
        "not" => !IsTrue(a[0]),
        "and" => a.FirstOrDefault(static value => !IsTrue(value), a[^1]),
        "dict" => a.Chunk(2).ToDictionary(static pair => (string)pair[0]!, static pair => pair[1]),
        "toYaml" => Yaml.Write(a[0]),
        "nindent" => "\n" + string.Join('\n', Text(a[1]).Split('\n').Select(line => new string(' ', (int)(long)a[0]!) + line)),
        // Helm has the file's template by its path; only that it changes with it matters.
        "sha256sum" => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text(a[0])))),
        _ => throw new NotSupportedException(function),
    };

    /// <summary>Splits outside of quotes and parentheses.</summary>
    private static IEnumerable<string> Split(string text, char at)
    {
        var (depth, quoted, from) = (0, false, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == at && depth == 0 && !quoted))
            {
                if (text[from..i].Trim() is { Length: > 0 } piece)
                    yield return piece;
                from = i + 1;
                continue;
            }

            quoted ^= text[i] == '"';
            depth += quoted ? 0 : text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        }
    }

    private static bool IsTrue(object? value) => value switch
    {
        null or false or 0L or 0m or "" => false,
        Dictionary<string, object?> map => map.Count > 0,
        List<object?> list => list.Count > 0,
        _ => true,
    };

    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private sealed record Node(string Kind, string Code, List<Node> Body, List<Node> Otherwise);

    private sealed record Scope(object? Dot, object? Root, Dictionary<string, object?> Variables);

    [GeneratedRegex(@"\{\{(?<left>-)?(?<code>\s*/\*.*?\*/\s*|.*?)(?<right>(?<=\s)-)?\}\}", RegexOptions.Singleline)]
    private static partial Regex Action();

    [GeneratedRegex(@"^(if|else|end|with|range|define)\b\s*(.*)$")]
    private static partial Regex Keyword();

    [GeneratedRegex(@"^(?<key>\$\w+), (?<value>\$\w+) := (?<over>.+)$")]
    private static partial Regex Loop();

    [GeneratedRegex(@"^(?!true$|false$)[A-Za-z]\w*$")]
    private static partial Regex Identifier();
}
