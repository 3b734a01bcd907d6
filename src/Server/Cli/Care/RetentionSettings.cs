using System.CommandLine;
using UnifiedVlm.Storage.Care.Retention;

namespace UnifiedVlm.Server.Cli.Care;

/// <summary>How long a serving node keeps what is done with.</summary>
internal sealed class RetentionSettings
{
    private readonly Option<string> dead = KeepTime.CreateOption("--keep-dead", "UVLM_KEEP_DEAD", "90d", "How long dead letters are kept");

    private readonly Option<string> events = KeepTime.CreateOption("--keep-events", "UVLM_KEEP_EVENTS", "7d", "How long published events are kept");

    private readonly Option<string> unpublished = KeepTime.CreateOption("--keep-unpublished", "UVLM_KEEP_UNPUBLISHED", "7d",
        "How long events are kept that nobody has published, where no node of the store has published for as long (--events-topic)");

    private readonly Option<string> inbox = KeepTime.CreateOption("--keep-inbox", "UVLM_KEEP_INBOX", "7d",
        "How long pushed records, and with them the idempotency keys, are kept once they are ingested");

    private readonly Option<string> tombstones = KeepTime.CreateOption("--keep-tombstones", "UVLM_KEEP_TOMBSTONES", KeepTime.Forever,
        "How long the versions of deleted documents are kept; has to be longer than any log that is read keeps its records, or an old record brings its document back");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { dead, events, unpublished, inbox, tombstones })
            command.Options.Add(option);
    }

    /// <param name="publishes">Whether this node publishes events.</param>
    public RetentionOptions Read(ParseResult result, bool publishes) => new()
    {
        DeadLetters = KeepTime.Read(result, dead),
        Events = KeepTime.Read(result, events),
        UnpublishedEvents = KeepTime.Read(result, unpublished) is { } keep && !publishes ? keep : null,
        InboxRecords = KeepTime.Read(result, inbox),
        Tombstones = KeepTime.Read(result, tombstones),
    };
}
