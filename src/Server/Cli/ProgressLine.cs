using System.Globalization;

namespace UnifiedVlm.Server.Cli;

/// <summary>How far a long run is, on standard error: one line that is written over on a terminal, elsewhere one line a step.</summary>
internal sealed class ProgressLine
{
    private string step = "";

    public bool IsTerminal { get; } = !Console.IsErrorRedirected;

    public void Begin(string name)
    {
        step = name;
        if (IsTerminal)
            Rewrite(name);
    }

    public void Show(string work, int done, int of)
    {
        if (IsTerminal)
            Rewrite(string.Create(CultureInfo.InvariantCulture, $"{step}: {work} {done} of {of}"));
    }

    /// <summary>Also where it is no terminal: for what is said seldom.</summary>
    public void Show(string text)
    {
        if (IsTerminal)
            Rewrite($"{step}: {text}");
        else
            Console.Error.WriteLine($"{step}: {text}");
    }

    /// <summary>Makes room for a line of results on the same terminal.</summary>
    public void Clear()
    {
        if (IsTerminal)
            Rewrite("");
    }

    public void End(double seconds)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{step}: {seconds:0.0} s");
        if (IsTerminal)
            Rewrite(line);
        Console.Error.WriteLine(IsTerminal ? "" : line);
    }

    /// <summary>Back to the line's beginning, and what stood there erased.</summary>
    private static void Rewrite(string text) => Console.Error.Write($"\r{text}\e[K");
}
