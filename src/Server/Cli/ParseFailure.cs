using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Server.Cli;

/// <summary>What the command line's parser does not take, as one message of ours.</summary>
internal static partial class ParseFailure
{
    /// <summary>One line; standard output stays clean: whoever reads it through a pipe must not take help for a result.</summary>
    public static async Task<UsageException> OfAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var lines = parsed.Errors.Select(static error => Words(error.Message)).Distinct(StringComparer.Ordinal).ToList();
        // What may have been meant stands in the library's own reply.
        if (parsed.Action is ParseErrorAction action)
        {
            action.ShowHelp = false;
            using var output = new StringWriter();
            await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = TextWriter.Null }, cancellationToken);
            lines.AddRange(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        lines.Add($"See '{string.Join(' ', Path(parsed.CommandResult.Command))} --help'.");
        // It repeats what is not understood, which may be a connection string after a mistyped option.
        return new UsageException(Secret.Redact(string.Join(' ', lines)));
    }

    private static IEnumerable<string> Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Path(parent).Append(command.Name) : ["uvlm"];

    private static string Words(string message) => Unread().Match(message) is { Success: true } match
        ? $"{match.Groups["name"].Value} '{match.Groups["value"].Value}' is not {Kind(match.Groups["type"].Value)}."
        : message;

    private static string Kind(string type) => type.Contains("Int", StringComparison.Ordinal) ? "a whole number"
        : type.Contains("Double", StringComparison.Ordinal) || type.Contains("Single", StringComparison.Ordinal) ? "a number"
        : "what it takes";

    /// <summary>How the library says that a value is of another type.</summary>
    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for \\w+ '(?<name>[^']*)' as expected type '(?<type>[^']*)'", RegexOptions.Singleline)]
    private static partial Regex Unread();
}
