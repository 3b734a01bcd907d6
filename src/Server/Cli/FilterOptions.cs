using System.CommandLine;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Server.Cli;

/// <summary>The options that leave documents out of a search: a filter, and times.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> filter = new("--filter") { Description = "Only documents that pass it, as in: lang = \"de\" and (year >= 2020 or tags has \"valve\") and not exists draft" };

    private readonly Option<string?> from = new("--from") { Description = "Only documents whose own time is this or later, such as 2026-01-31" };

    private readonly Option<string?> to = new("--to") { Description = "Only documents whose own time is earlier" };

    public void AddTo(Command command)
    {
        command.Options.Add(filter);
        command.Options.Add(from);
        command.Options.Add(to);
    }

    /// <returns>Null: none was given.</returns>
    /// <exception cref="Documents.DocumentRejectedException">One can't be read.</exception>
    public Filter? Read(ParseResult result) => Filter.All(
        result.GetValue(filter) is { } text ? FilterText.Parse(text, filter.Name) : null,
        Filter.Between(Time(result, from), Time(result, to)));

    private static DateTimeOffset? Time(ParseResult result, Option<string?> option)
        => result.GetValue(option) is { } text ? RequestTime.Parse(option.Name, text) : null;
}
