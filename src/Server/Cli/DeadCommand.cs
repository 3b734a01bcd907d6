using System.CommandLine;
using System.Text;
using System.Text.Json;
using UnifiedVlm.Server.DeadLetters;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.DeadLetters;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm dead</c>: the records that could not be ingested, and why; to have them ingested again, or to drop them.</summary>
internal static class DeadCommand
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var command = new Command("dead", "Show records that could not be ingested, ingest them again or drop them.");
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateShow());
        command.Subcommands.Add(CreateReplay());
        command.Subcommands.Add(CreateDrop());
        return command;
    }

    private static Command CreateList()
    {
        var filter = new DeadLetterOptions();
        var json = new Option<bool>("--json") { Description = "Print JSON, an object a line" };
        var command = filter.AddTo(new Command("list", "One line a dead letter: number, position, document, stage, reason.") { json });
        return StoreCommand.Create(command, async (store, result, cancellationToken) =>
        {
            var wanted = filter.Read(result).Filter();
            for (long after = 0; ;)
            {
                var page = await store.DeadLetters.ListAsync(wanted, after, PageSize, cancellationToken);
                foreach (var letter in page)
                {
                    Console.WriteLine(result.GetValue(json)
                        ? JsonSerializer.Serialize(DeadLetterListing.From(letter), ApiJson.Default.DeadLetterListing)
                        : $"{letter.Id}\t{Position(letter)}\t{Shown(letter.DocumentId)}\t{letter.Stage}\t{Shown(Why(letter).ReplaceLineEndings(" "))}");
                }

                if (page.Count < PageSize)
                    return 0;
                after = page[^1].Id;
            }
        }, check: result => filter.Read(result).Filter());
    }

    private static Command CreateShow()
    {
        var number = new Argument<long>("number") { Description = "As shown by 'uvlm dead list'" };
        return StoreCommand.Create(new Command("show", "Everything about one dead letter, its original bytes last.") { number }, async (store, result, cancellationToken) =>
        {
            var stored = await store.DeadLetters.FindAsync(tenant: null, result.GetValue(number), cancellationToken);
            var (summary, letter, original) = (stored.Summary, stored.Letter, stored.Letter.Original!);
            Console.WriteLine($"at        {summary.CreatedAt:u}");
            Console.WriteLine($"position  {Position(summary)} of {Shown(summary.Partition.LogId)}");
            Console.WriteLine($"document  {Shown(summary.Tenant)} / {Shown(summary.DocumentId)}");
            Console.WriteLine($"version   {(original.Version is { } version ? $"{version.Value} by {version.Rule} unless it names one" : "-")}");
            Console.WriteLine($"stage     {summary.Stage}");
            Console.WriteLine($"field     {Shown(summary.Field)}");
            Console.WriteLine($"reason    {Shown(summary.Reason.ReplaceLineEndings(" "))}");
            // One a line; none of them looks like another field.
            Console.WriteLine($"errors    {string.Join("\n          ", letter.ErrorChain.Split('\n').Select(Shown))}");
            Console.WriteLine($"replayed  {summary.Replays} times{(summary.IsReplayable ? "" : "; can't be replayed")}");
            foreach (var (name, value) in letter.Headers)
                Console.WriteLine($"header    {Shown(name)}: {Shown(Encoding.UTF8.GetString(value))}");
            Console.WriteLine($"key       {Shown(Encoding.UTF8.GetString(letter.Key.Span))}");
            Console.WriteLine($"payload   {(letter.IsTombstone ? "none" : $"{letter.Payload.Length} bytes{(original.IsWhole ? "" : ", the record's beginning")}")}");
            var payload = Encoding.UTF8.GetString(letter.Payload.Span);
            Console.WriteLine(Console.IsOutputRedirected ? payload : Printable.Text(payload));
            return 0;
        });
    }

    private static Command CreateReplay() => CreateMoving(
        new Command("replay", "Ingest records again, in the versions they had at first: what is stored in a newer version stays. A serving node does it; without numbers and options, all."),
        static async (store, number, cancellationToken) =>
        {
            await store.DeadLetters.ReplayAsync(tenant: null, number, cancellationToken);
            Console.WriteLine($"{number} queued");
        },
        static async (store, fields, cancellationToken) =>
        {
            var receipt = await store.DeadLetters.ReplayAsync(fields.Filter(), cancellationToken);
            Console.WriteLine($"{receipt.Queued} queued, {receipt.Skipped} can't be replayed: lost ranges and records that were cut off");
        });

    private static Command CreateDrop() => CreateMoving(
        new Command("drop", "Drop dead letters for good."),
        static async (store, number, cancellationToken) =>
        {
            await store.DeadLetters.DropAsync(tenant: null, number, cancellationToken);
            Console.WriteLine($"{number} dropped");
        },
        static async (store, fields, cancellationToken)
            => Console.WriteLine($"{await store.DeadLetters.DropAsync(fields.FilterThatIsNotEmpty(), cancellationToken)} dropped"));

    /// <summary>A command over single letters, or over those of a filter.</summary>
    private static Command CreateMoving(
        Command command, Func<Store, long, CancellationToken, Task> single, Func<Store, DeadLetterFields, CancellationToken, Task> filtered)
    {
        var numbers = new Argument<long[]>("number") { Description = "As shown by 'uvlm dead list'; in place of options", Arity = ArgumentArity.ZeroOrMore };
        var filter = new DeadLetterOptions();
        command.Arguments.Add(numbers);
        return StoreCommand.Create(filter.AddTo(command), async (store, result, cancellationToken) =>
        {
            var wanted = result.GetValue(numbers) ?? [];
            if (wanted.Length == 0)
            {
                await filtered(store, filter.Read(result), cancellationToken);
                return 0;
            }

            if (filter.Read(result).Filter() != new DeadLetterFilter())
                throw new UsageException($"'uvlm dead {command.Name}' takes numbers or options that choose by something else, not both.");
            foreach (var number in wanted)
                await single(store, number, cancellationToken);
            return 0;
        }, check: result => filter.Read(result).Filter());
    }

    /// <summary>What the store refuses has a reason of one word, which says neither what is stored nor what to do.</summary>
    private static string Why(DeadLetterSummary letter) => letter.Detail is { } detail ? $"{letter.Reason}: {detail}" : letter.Reason;

    private static string Position(DeadLetterSummary letter) => $"{Shown(letter.Partition.Topic)}/{letter.Partition.Partition}@{letter.Offset}";

    /// <summary>Nobody has checked what a refused record says of itself.</summary>
    private static string Shown(string? text) => text is null ? "-" : Printable.Field(text);
}
