using System.CommandLine;
using UnifiedVlm.Storage.Care.Retention;

namespace UnifiedVlm.Server.Cli.Care;

/// <summary>How long a serving node keeps what is done with.</summary>
internal sealed class RetentionSettings
{
    private readonly Option<string> dead = KeepTime.CreateOption("--keep-dead", "UVLM_KEEP_DEAD", "90d", "How long dead letters are kept");

    private readonly Option<string> events = KeepTime.CreateOption("--keep-events", "UVLM_KEEP_EVENTS", "7d", "How long published events are kept; others are not removed");

    private readonly Option<string> inbox = KeepTime.CreateOption("--keep-inbox", "UVLM_KEEP_INBOX", "7d",
        "How long pushed records, and with them the idempotency keys, are kept once they are ingested");

    private readonly Option<string> tombstones = KeepTime.CreateOption("--keep-tombstones", "UVLM_KEEP_TOMBSTONES", KeepTime.Forever,
        "How long the versions of deleted documents are kept; has to be longer than any log that is read keeps its records, or an old record brings its document back");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { dead, events, inbox, tombstones })
            command.Options.Add(option);
    }

    public RetentionOptions Read(ParseResult result) => new()
    {
        DeadLetters = KeepTime.Read(result, dead),
        Events = KeepTime.Read(result, events),
        InboxRecords = KeepTime.Read(result, inbox),
        Tombstones = KeepTime.Read(result, tombstones),
    };
}
