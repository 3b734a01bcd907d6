using System.CommandLine;
using System.Text.Json;
using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary><c>uvlm index</c>: another model's index beside the live one, from its making to its end.</summary>
internal static class IndexCommand
{
    public static Command Create()
    {
        var command = new Command("index", "Fill another model's index beside the live one, compare them, switch, go back, drop.");
        command.Subcommands.Add(IndexCreateCommand.Create());
        command.Subcommands.Add(CreateStatus());
        command.Subcommands.Add(IndexCompareCommand.Create());
        command.Subcommands.Add(CreateSwitch());
        command.Subcommands.Add(CreateRollback());
        command.Subcommands.Add(CreateDrop());
        return command;
    }

    private static Command CreateStatus()
    {
        var json = new Option<bool>("--json") { Description = "One JSON array" };
        return StoreCommand.Create(
            new Command("status", "Show every index generation: state, model, documents in it, pending and failed, how it is searched, size.") { json },
            async (store, result, cancellationToken) =>
            {
                var generations = await store.Status.ReadGenerationsAsync(cancellationToken);
                Console.Write(result.GetValue(json)
                    ? JsonSerializer.Serialize([.. generations.Select(IndexReport.Of)], IndexJson.Default.IndexReportArray) + "\n"
                    : GenerationTable.Render(generations));
                return 0;
            });
    }

    private static Command CreateSwitch()
    {
        var generation = Number("--generation", "Which [default: the one that is being filled]");
        var failed = new Option<bool>("--leave-failed") { Description = "Switch although the model could not encode some documents: they are not found afterwards" };
        var patience = Patience();
        return StoreCommand.Create(
            new Command("switch", "Make the filled index the live one, at once: writers wait until it has every document. The one before is kept.") { generation, failed, patience },
            (store, result, cancellationToken) => SwitchAsync(
                store, result.GetValue(generation), GenerationState.Filling, result.GetValue(failed) ? SwitchAllowance.Failed : SwitchAllowance.None, result.GetValue(patience),
                cancellationToken));
    }

    private static Command CreateRollback()
    {
        var generation = Number("--generation", "Which [default: the one that was live last]");
        var behind = new Option<bool>("--behind") { Description = "Go back at once: documents that it lacks are not found until a program with its model has encoded them" };
        var patience = Patience();
        return StoreCommand.Create(
            new Command("rollback", "Make an index that was live before the live one again. The one that is live now is kept.") { generation, behind, patience },
            (store, result, cancellationToken) => SwitchAsync(
                store, result.GetValue(generation), GenerationState.Retired, result.GetValue(behind) ? SwitchAllowance.Failed | SwitchAllowance.Pending : SwitchAllowance.None,
                result.GetValue(patience), cancellationToken));
    }

    private static Command CreateDrop()
    {
        var generation = new Option<int>("--generation") { Description = "Which, as 'uvlm index status' shows it; not the live one", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Don't ask" };
        return StoreCommand.Create(new Command("drop", "Remove an index that is not live, with all its vectors.") { generation, yes }, async (store, result, cancellationToken) =>
        {
            var id = result.GetValue(generation);
            var dropped = (await store.Generations.ListAsync(cancellationToken)).FirstOrDefault(g => g.Id == id)
                ?? throw new UsageException($"There is no generation {id}. 'uvlm index status' shows those there are.");
            if ((await store.Members.ListAsync(cancellationToken)).FirstOrDefault(m => m.Info.Fingerprint == dropped.Fingerprint) is { } user)
                throw new UsageException($"Node {user.Info.Name} serves from generation {id}. Stop the nodes of its model first.");
            if (!result.GetValue(yes))
                await Confirmation.AskAsync($"Drop index generation {id} of model {dropped.Fingerprint}?", "Dropping an index can't be undone, but by filling it anew", cancellationToken);
            await store.Generations.DropAsync(id, cancellationToken);
            Console.WriteLine($"generation {id} is dropped");
            return 0;
        });
    }

    private static async Task<int> SwitchAsync(
        Store store, int? chosen, GenerationState from, SwitchAllowance despite, int patience, CancellationToken cancellationToken)
    {
        var all = await store.Status.ReadGenerationsAsync(cancellationToken);
        var target = chosen is { } id ? all.FirstOrDefault(g => g.Generation.Id == id)?.Generation : Only(all, from);
        if (target is null)
            throw new UsageException($"There is no generation {chosen}. 'uvlm index status' shows those there are.");
        // A large index without its graph would make every search slow until it is built.
        if (!despite.HasFlag(SwitchAllowance.Pending) && !await store.IndexBuilder(target).BuildIfDueAsync(cancellationToken))
            throw new UsageException($"The vectors of generation {target.Id} are being indexed by another program. Try again when 'uvlm index status' shows that it has ended.");
        var live = await store.Generations.SwitchAsync(target.Id, from, despite, TimeSpan.FromSeconds(patience), cancellationToken);
        Console.WriteLine($"generation {live.Id} is live: start nodes with model {live.Fingerprint}, then stop the others");
        return 0;
    }

    private static IndexGeneration Only(IReadOnlyList<GenerationSummary> all, GenerationState state) => (state, all.Where(g => g.Generation.State == state).ToArray()) switch
    {
        (GenerationState.Filling, [var only]) => only.Generation,
        (GenerationState.Filling, []) => throw new UsageException("No index is being filled. Make one: uvlm index create --model FOLDER."),
        (GenerationState.Filling, _) => throw new UsageException("Several indexes are being filled. Say which: --generation."),
        (_, []) => throw new UsageException("No index was live before, so there is none to go back to."),
        (_, var several) => several.MaxBy(static g => g.SwitchedAt)!.Generation,
    };

    private static Option<int?> Number(string name, string description) => new(name) { Description = description };

    private static Option<int> Patience()
    {
        var option = new Option<int>("--patience-seconds") { Description = "How long writers may wait for documents that are pending", DefaultValueFactory = static _ => 30 };
        option.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 3600)
                result.AddError("--patience-seconds must be from 0 to 3600.");
        });
        return option;
    }
}
