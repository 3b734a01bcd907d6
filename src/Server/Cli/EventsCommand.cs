using System.CommandLine;
using UnifiedVlm.Streams.Events;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm events</c>: the operator's word that the database's events can't go on as they were.</summary>
internal static class EventsCommand
{
    public static Command Create()
    {
        var command = new Command("events", "Say what has become of the database that events are published from.");
        command.Subcommands.Add(CreateRestored());
        return command;
    }

    private static Command CreateRestored() => StoreCommand.Create(
        new Command("restored", "The database was restored from a backup: its events get another source, and sequences beyond all that were published before."),
        static async (store, _, cancellationToken) =>
        {
            var stream = await store.Outbox.BeginAnewAsync(cancellationToken);
            Console.WriteLine($"Events have the source {EventMessage.SourceOf(stream)} and sequences above {stream.SequenceBase} from now on.");
            return 0;
        });
}
