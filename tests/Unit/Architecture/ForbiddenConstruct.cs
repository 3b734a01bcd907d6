using System.Text.RegularExpressions;

namespace UnifiedVlm.Tests.Unit.Architecture;

/// <summary>Something that no file of src/ may contain: a queue without a bound, or an error that vanishes.</summary>
public sealed record ForbiddenConstruct(string Why, Regex Pattern)
{
    public static IReadOnlyList<ForbiddenConstruct> All { get; } =
    [
        new("a channel without a bound moves no pressure back", new Regex(@"\bCreateUnbounded(PrioritizedChannel)?\s*[<(]|\bCreateUnboundedPrioritized\b")),
        new("a queue without a bound and without waiting", new Regex(@"\bConcurrent(Queue|Bag|Stack)\b")),
        new("blocks a thread for every waiter; a bounded channel does not", new Regex(@"\bBlockingCollection\b")),
        new("an error is swallowed", new Regex(@"\bcatch\s*(\([^)]*\)\s*)?(when\s*\([^{]*\)\s*)?\{\s*\}")),
        new("unfinished", new Regex(@"\bNotImplementedException\b|\b(TODO|FIXME|XXX)\b")),
    ];

    /// <summary>The line (from 1) of the first match, or null.</summary>
    public int? FindIn(string source)
    {
        var match = Pattern.Match(source);
        return match.Success ? source.AsSpan(0, match.Index).Count('\n') + 1 : null;
    }
}
