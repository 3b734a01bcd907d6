using System.CommandLine;
using System.Globalization;
using System.Text;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm dead</c>: the records that could not be ingested, and why.</summary>
internal static class DeadCommand
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var command = new Command("dead", "Show records that could not be ingested.");
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateShow());
        return command;
    }

    private static Command CreateList() => StoreCommand.Create(new Command("list", "One line a dead letter: number, position, document, reason."), static async (store, _, cancellationToken) =>
    {
        for (long after = 0; ;)
        {
            var page = await store.DeadLetters.ListAsync(null, after, PageSize, cancellationToken);
            foreach (var stored in page)
            {
                var (log, letter) = (stored.Partition, stored.Letter);
                Console.WriteLine($"{stored.Id}\t{log.Topic}/{log.Partition}@{letter.Offset}\t{letter.DocumentId ?? "-"}\t{letter.Stage}\t{letter.Reason}");
            }

            if (page.Count < PageSize)
                return 0;
            after = page[^1].Id;
        }
    });

    private static Command CreateShow()
    {
        var number = new Argument<long>("number") { Description = "As shown by 'uvlm dead list'" };
        return StoreCommand.Create(new Command("show", "Everything about one dead letter, its original bytes last.") { number }, async (store, result, cancellationToken) =>
        {
            var wanted = result.GetValue(number);
            var stored = await store.DeadLetters.FindAsync(wanted, cancellationToken)
                ?? throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"There is no dead letter {wanted}; 'uvlm dead list' shows those there are."));
            var letter = stored.Letter;
            Console.WriteLine($"at        {stored.CreatedAt:u}");
            Console.WriteLine($"position  {stored.Partition.Topic}/{stored.Partition.Partition}@{letter.Offset} of {stored.Partition.LogId}");
            Console.WriteLine($"document  {letter.Tenant ?? "-"} / {letter.DocumentId ?? "-"}");
            Console.WriteLine($"stage     {letter.Stage}");
            Console.WriteLine($"field     {letter.Field ?? "-"}");
            Console.WriteLine($"reason    {letter.Reason}");
            Console.WriteLine($"errors    {letter.ErrorChain}");
            foreach (var (name, value) in letter.Headers)
                Console.WriteLine($"header    {name}: {Encoding.UTF8.GetString(value)}");
            Console.WriteLine($"key       {Encoding.UTF8.GetString(letter.Key.Span)}");
            Console.WriteLine($"payload   {letter.Payload.Length} bytes");
            Console.WriteLine(Encoding.UTF8.GetString(letter.Payload.Span));
            return 0;
        });
    }
}
