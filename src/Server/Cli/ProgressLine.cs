using System.Globalization;

namespace UnifiedVlm.Server.Cli;

/// <summary>How far a long run is, on standard error: one line that is written over on a terminal, elsewhere one line a step.</summary>
internal sealed class ProgressLine
{
    private readonly bool isTerminal = !Console.IsErrorRedirected;
    private string step = "";

    public void Begin(string name)
    {
        step = name;
        if (isTerminal)
            Rewrite(name);
    }

    public void Show(string work, int done, int of)
    {
        if (isTerminal)
            Rewrite(string.Create(CultureInfo.InvariantCulture, $"{step}: {work} {done} of {of}"));
    }

    /// <summary>Makes room for a line of results on the same terminal.</summary>
    public void Clear()
    {
        if (isTerminal)
            Rewrite("");
    }

    public void End(double seconds)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{step}: {seconds:0.0} s");
        if (isTerminal)
            Rewrite(line);
        Console.Error.WriteLine(isTerminal ? "" : line);
    }

    /// <summary>Back to the line's beginning, and what stood there erased.</summary>
    private static void Rewrite(string text) => Console.Error.Write($"\r{text}\e[K");
}
