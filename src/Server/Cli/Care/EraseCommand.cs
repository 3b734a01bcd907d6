using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Care.Erasure;

namespace UnifiedVlm.Server.Cli.Care;

/// <summary><c>uvlm erase</c>: removes a document or a whole tenant from everywhere in the store.</summary>
internal static class EraseCommand
{
    public static Command Create()
    {
        var tenant = new Option<string>("--tenant") { Description = "Whose", Required = true };
        var id = new Option<string?>("--id") { Description = "The document [default: everything of the tenant]" };
        var yes = new Option<bool>("--yes") { Description = "Don't ask" };
        return StoreCommand.Create(
            new Command("erase", "Erase a document, or everything of a tenant: content, vectors, pictures, dead letters, events and pushed records. Can't be undone.") { tenant, id, yes },
            (store, result, cancellationToken) => RunAsync(store, result.GetValue(tenant)!, result.GetValue(id), result.GetValue(yes), cancellationToken));
    }

    private static async Task<int> RunAsync(Store store, string tenant, string? id, bool yes, CancellationToken cancellationToken)
    {
        if (tenant.Length == 0 || id is "")
            throw new UsageException($"{(id is "" ? "--id" : "--tenant")} is empty. Name what is to be erased.");
        if (!yes)
            await Confirmation.AskAsync($"Erase {(id is null ? $"everything of tenant '{tenant}'" : $"document '{id}' of tenant '{tenant}'")}?", "Erasing can't be undone", cancellationToken);
        var summary = id is null
            ? await store.Eraser.EraseTenantAsync(tenant, null, cancellationToken)
            : await store.Eraser.EraseDocumentAsync(tenant, id, cancellationToken);
        Console.WriteLine(ToText(summary));
        return 0;
    }

    private static string ToText(ErasureSummary summary) => summary.IsEmpty
        ? "There was nothing to erase."
        : string.Create(CultureInfo.InvariantCulture,
            $"Erased {summary.Documents} documents, {summary.Pictures} pictures, {summary.DeadLetters} dead letters, {summary.Events} events, {summary.InboxRecords} pushed records.");
}
