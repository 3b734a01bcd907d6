namespace UnifiedVlm.Actors.Queries;

/// <summary>Ends a stream of text before the first of some strings, also where it comes in pieces: what may be the beginning of one is held back.</summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private string held = "";

    /// <summary>A string was found: nothing more comes out.</summary>
    public bool HasStopped { get; private set; }

    /// <returns>What is certain to belong to the text.</returns>
    public string Add(string text)
    {
        if (HasStopped)
            return "";
        held += text;
        var end = stops.Select(stop => held.IndexOf(stop, StringComparison.Ordinal)).Where(static at => at >= 0).DefaultIfEmpty(-1).Min();
        HasStopped = end >= 0;
        var certain = HasStopped ? end : held.Length - stops.Select(LongestBeginning).DefaultIfEmpty(0).Max();
        var released = held[..certain];
        held = held[certain..];
        return released;
    }

    /// <returns>What was held back, once it is known that nothing follows.</returns>
    public string Finish()
    {
        var rest = HasStopped ? "" : held;
        held = "";
        return rest;
    }

    /// <summary>How much of the end of the text may be the beginning of the string.</summary>
    private int LongestBeginning(string stop)
    {
        for (var length = Math.Min(stop.Length - 1, held.Length); length > 0; length--)
        {
            if (held.AsSpan(held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                return length;
        }

        return 0;
    }
}
