namespace UnifiedVlm.Server.Cli;

/// <summary>What others wrote, for a terminal: a field stays one of its line, a line stays a line, and the terminal is not told to do something.</summary>
internal static class Printable
{
    private const char Instead = '\uFFFD';

    /// <summary>A value beside others on a line.</summary>
    public static string Field(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? Instead : c));

    /// <summary>A whole line, whose tabs part its fields.</summary>
    public static string Line(string text) => string.Concat(text.Select(static c => c != '\t' && char.IsControl(c) ? Instead : c));

    /// <summary>A text of several lines.</summary>
    public static string Text(string text) => string.Concat(text.Select(static c => c is not ('\t' or '\n') && char.IsControl(c) ? Instead : c));
}
