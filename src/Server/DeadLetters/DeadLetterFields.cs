using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage.DeadLetters;

namespace UnifiedVlm.Server.DeadLetters;

/// <summary>Reads conditions on dead letters from text, each with a refusal that names it.</summary>
/// <param name="given">What was given under a name; null: nothing.</param>
/// <param name="shown">What the caller calls that name.</param>
internal sealed class DeadLetterFields(Func<string, string?> given, Func<string, string> shown)
{
    /// <exception cref="DocumentRejectedException">Names the condition that can't be read.</exception>
    public DeadLetterFilter Filter() => new()
    {
        Tenant = Text("tenant"),
        Reason = Text("reason"),
        Stage = Stage(),
        Topic = Text("topic"),
        DocumentId = Text("document"),
        From = Time("from"),
        To = Time("to"),
        First = Number("first", 0, long.MaxValue),
        Last = Number("last", 0, long.MaxValue),
    };

    /// <summary>As <see cref="Filter"/>, but something has to be left out: for what can't be undone.</summary>
    /// <exception cref="DocumentRejectedException">As there, or nothing is left out.</exception>
    public DeadLetterFilter FilterThatIsNotEmpty()
    {
        var filter = Filter();
        var names = string.Join(", ", DeadLetterField.Conditions.Select(field => shown(field.Name)));
        return filter.IsEmpty
            ? throw new DocumentRejectedException("filter", "is empty", $"Give one of {names}; every dead letter has a number from 1.")
            : filter;
    }

    /// <exception cref="DocumentRejectedException">It is no whole number within the bounds.</exception>
    public long? Number(string name, long minimum, long maximum)
    {
        if (given(name) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new DocumentRejectedException(shown(name), $"'{text}' is not a whole number from {minimum} to {maximum}", "Give such a number or leave it out.");
    }

    private string? Stage() => Text("stage") is not { } stage || DeadLetterField.Stages.Contains(stage) ? Text("stage")
        : throw new DocumentRejectedException(shown("stage"), $"'{stage}' is no stage", $"Those are {string.Join(", ", DeadLetterField.Stages)}.");

    private string? Text(string name)
    {
        var text = given(name);
        if (text is "")
            throw new DocumentRejectedException(shown(name), "is empty", "Give a text or leave it out.");
        // The database has no place for it, so nothing it holds could match.
        if (text?.Contains('\0', StringComparison.Ordinal) == true)
            throw new DocumentRejectedException(shown(name), "holds a zero character (U+0000)", "Leave it out.");
        return text;
    }

    private DateTimeOffset? Time(string name) => given(name) is { } text ? RequestTime.Parse(shown(name), text) : null;
}
