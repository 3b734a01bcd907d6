using System.CommandLine;
using System.Globalization;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm subscription</c>: saved queries that new documents are compared with.</summary>
internal static class SubscriptionCommand
{
    public static Command Create()
    {
        var command = new Command("subscription", "Save queries that every new document is compared with; what meets one raises the event subscription.matched.");
        command.Subcommands.Add(CreateAdd());
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateRemove());
        return command;
    }

    private static Command CreateAdd()
    {
        var text = new Argument<string?>("text") { Description = "The query's words", Arity = ArgumentArity.ZeroOrOne };
        var parts = new Option<string?>("--parts") { Description = "In place of words: a file with the query's parts as a JSON array; - reads standard input" }.NotEmpty();
        var threshold = new Option<float>("--threshold") { Description = "The least cosine of a pair of vectors that counts, -1 to 1", Required = true };
        var alignment = new Option<float?>("--alignment") { Description = "The least log K per step of the alignment, 0 or less [default: any]" };
        var mode = new Option<string?>("--mode") { Description = "What counts: documents (the whole or a part) or parts [default: documents]" };
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var filter = new FilterOptions();
        var tenant = CreateTenant();
        var command = new Command("add", "Save a query and print its id. A serving node makes its vectors.") { text, parts, threshold, alignment, mode, collection, tenant };
        filter.AddTo(command);
        return StoreCommand.Create(command, async (store, result, cancellationToken) =>
        {
            var subscription = new NewSubscription(result.GetValue(tenant)!, ReadQuery(result.GetValue(text), result.GetValue(parts)), result.GetValue(threshold))
            {
                Mode = SubscriptionReader.ReadMode(result.GetValue(mode), mode.Name),
                Collection = result.GetValue(collection) is { Length: > 0 } name ? name : null,
                Filter = filter.Read(result),
                Alignment = result.GetValue(alignment),
            };
            Console.WriteLine(await store.Subscriptions.AddAsync(subscription, embedding: null, fingerprint: null, cancellationToken));
            return 0;
        }, check: result =>
        {
            if (result.GetValue(threshold) is not (>= -1 and <= 1))
                throw new UsageException("--threshold must be from -1 to 1.");
            if (result.GetValue(alignment) is { } least and not (>= float.MinValue and <= 0))
                throw new UsageException($"--alignment {least.ToString(CultureInfo.InvariantCulture)}: must be a number of 0 or less.");
            DocumentValidator.ValidateName(tenant.Name, result.GetValue(tenant)!);
            if (result.GetValue(collection) is { Length: > 0 } name)
                DocumentValidator.ValidateName(collection.Name, name);
        });
    }

    private static Command CreateList()
    {
        var tenant = CreateTenant();
        return StoreCommand.Create(
            new Command("list", "One line a subscription: id, state, mode, threshold, alignment, collection, filter, when it was saved.") { tenant },
            async (store, result, cancellationToken) =>
            {
                foreach (var saved in await store.Subscriptions.ListAsync(result.GetValue(tenant)!, cancellationToken))
                {
                    Console.WriteLine(string.Join('\t',
                        saved.Id, saved.Failure is null ? "good" : $"matches nothing: {Printable.Field(saved.Failure)}", saved.Mode.ToString().ToLowerInvariant(),
                        saved.Threshold.ToString(CultureInfo.InvariantCulture), saved.Alignment?.ToString(CultureInfo.InvariantCulture) ?? "-",
                        Printable.Field(saved.Collection ?? "(all)"), Printable.Field(saved.Filter ?? "-"), $"{saved.CreatedAt:u}"));
                }

                return 0;
            });
    }

    private static Command CreateRemove()
    {
        var id = new Argument<Guid>("id") { Description = "As shown by 'uvlm subscription list'" };
        var tenant = CreateTenant();
        return StoreCommand.Create(new Command("remove", "Remove a subscription: it raises no event any more.") { id, tenant }, async (store, result, cancellationToken) =>
        {
            await store.Subscriptions.RemoveAsync(result.GetValue(tenant)!, result.GetValue(id), cancellationToken);
            Console.WriteLine($"{result.GetValue(id)} removed");
            return 0;
        });
    }

    private static Option<string> CreateTenant() => Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");

    private static InterleavedDocument ReadQuery(string? words, string? file)
    {
        if (string.IsNullOrWhiteSpace(words) == file is null)
            throw new UsageException("There is no query, or there are two: give words, or --parts FILE.");
        if (file is null)
            return new InterleavedDocument { Id = "question", Parts = [new TextPart(words!)] };
        var json = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
        return QuestionReader.Read(Encoding.UTF8.GetBytes($"{{\"parts\":{json}}}"), DocumentLimits.Default, Caller.Anyone).Document!;
    }
}
