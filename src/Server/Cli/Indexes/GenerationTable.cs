using System.Globalization;
using System.Text;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary>Index generations as Markdown, and what to know of them.</summary>
internal static class GenerationTable
{
    public static string Render(IReadOnlyList<GenerationSummary> generations)
    {
        if (generations.Count == 0)
            return "There is no index yet: the first node or uvlm ingest makes it.\n";
        var text = new StringBuilder("| generation | state | model | dimension | documents | pending | failed | search | MB | made | live since |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var g in generations)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {g.Generation.Id} | {State(g)} | {g.Generation.Fingerprint} | {g.Generation.Dimension} | {g.Documents} | {g.Pending} | {g.Failed} | {g.Index?.ToString() ?? "-"} "
                + $"| {g.Bytes / 1e6:0.0} | {g.CreatedAt:u} | {(g.SwitchedAt is { } at ? at.ToString("u", CultureInfo.InvariantCulture) : "-")} |\n");
        }

        foreach (var g in generations)
        {
            foreach (var failure in g.Failures)
                text.Append(CultureInfo.InvariantCulture, $"generation {g.Generation.Id}: {failure.Tenant}/{failure.Id}: {failure.Problem}\n");
        }

        return text.ToString();
    }

    private static string State(GenerationSummary g) => g.Generation.State.ToString().ToLowerInvariant();
}
