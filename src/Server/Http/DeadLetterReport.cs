using UnifiedVlm.Storage.DeadLetters;

namespace UnifiedVlm.Server.Http;

/// <summary>Everything about a dead letter.</summary>
/// <param name="LogId">The incarnation of the log that offset counts in.</param>
/// <param name="Errors">From the outermost to the innermost.</param>
/// <param name="Version">What the source said, for a document that names none itself; absent where an older program did not keep it.</param>
/// <param name="Payload">Absent for a tombstone.</param>
internal sealed record DeadLetterReport(
    DeadLetterListing Letter,
    string Group,
    string LogId,
    IReadOnlyList<string> Errors,
    long? Version,
    string? VersionRule,
    string? Collection,
    OriginalBytes Key,
    IReadOnlyList<OriginalHeader> Headers,
    OriginalBytes? Payload)
{
    public static DeadLetterReport From(StoredDeadLetter stored)
    {
        var (summary, letter, original) = (stored.Summary, stored.Letter, stored.Letter.Original!);
        return new DeadLetterReport(
            DeadLetterListing.From(summary),
            summary.Partition.GroupId,
            summary.Partition.LogId,
            letter.ErrorChain.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            original.Version?.Value,
            original.Version?.Rule,
            original.Collection,
            OriginalBytes.From(letter.Key),
            [.. letter.Headers.Select(static header => new OriginalHeader(header.Key, OriginalBytes.From(header.Value)))],
            letter.IsTombstone ? null : OriginalBytes.From(letter.Payload));
    }
}

/// <summary>A header of the record.</summary>
internal sealed record OriginalHeader(string Name, OriginalBytes Value);
