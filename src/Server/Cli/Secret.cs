using System.CommandLine;
using System.Text.RegularExpressions;
using Npgsql;

namespace UnifiedVlm.Server.Cli;

/// <summary>
/// Settings that may hold a password. The library shows every default in --help, so these have none: the variable is read when the value is, and
/// no message repeats a value.
/// </summary>
internal static partial class Secret
{
    public static Option<string> Text(string name, string variable, string description)
        => new(name) { Description = $"{description}; @FILE reads it from a file [env: {variable}] [default: none]" };

    /// <summary>May be given several times; the variable takes them separated by semicolons.</summary>
    public static Option<string[]> List(string name, string variable, string description)
        => new(name) { Description = $"{description} [env: {variable}] [default: none]", AllowMultipleArgumentsPerToken = false };

    /// <summary>The command line first, then the variable; empty where neither is set.</summary>
    public static string Read(ParseResult result, Option<string> option, string variable)
        => FromFile(option.Name, result.GetValue(option) ?? Environment.GetEnvironmentVariable(variable) ?? "");

    public static IReadOnlyList<string> Read(ParseResult result, Option<string[]> option, string variable) => result.GetValue(option) is { Length: > 0 } given
        ? given
        : (Environment.GetEnvironmentVariable(variable) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <param name="name">What to call the value in a message.</param>
    /// <param name="value">@FILE stands for the file's content, without the line's end.</param>
    public static string FromFile(string name, string value)
    {
        if (!value.StartsWith('@'))
            return value;
        try
        {
            return File.ReadAllText(value[1..]).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{name}: the file that @ names can't be read. {error.Message}");
        }
    }

    /// <summary>Reads a connection string. What is wrong with it is not repeated: a password with a semicolon looks like a keyword.</summary>
    /// <returns>Empty where none is set.</returns>
    public static string ConnectionString(ParseResult result, Option<string> option, string variable)
    {
        var text = Read(result, option, variable);
        try
        {
            return new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            throw new UsageException(
                $"{option.Name} is no Npgsql connection string. Write Host=..;Port=..;Username=..;Password=..;Database=.., with quotes around a value that has a semicolon; postgres:// is not understood.");
        }
    }

    /// <summary>Takes out what looks like a password, of an argument that is repeated because nobody knows what it is.</summary>
    public static string Redact(string text) => Password().Replace(text, "$1=***");

    [GeneratedRegex(@"(?i)([\w. -]*(?:password|passwd|pwd|secret|\bkey)[\w. -]*)\s*=\s*(?:""[^""]*""|'[^']*'|[^;'\s]*)")]
    private static partial Regex Password();
}
