using System.CommandLine;
using System.CommandLine.Parsing;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Streams.Sources.Folders;

namespace UnifiedVlm.Server.Cli;

/// <summary>How folders are watched.</summary>
internal sealed class FolderSettings
{
    private readonly Option<bool> deleteMissing = Setting.Flag("--delete-missing", "UVLM_DELETE_MISSING",
        "Delete the documents of watched files that are removed, and those that a watched file no longer holds");

    private readonly Option<int> rescan = Setting.Number("--rescan-seconds", "UVLM_RESCAN_SECONDS", 300,
        "Seconds after which all of a watched folder is looked at, for changes that the system did not tell; a day at most", minimum: 1, maximum: Setting.SecondsOfDay);

    public void AddTo(Command command)
    {
        command.Options.Add(deleteMissing);
        command.Options.Add(rescan);
    }

    /// <exception cref="UsageException">An option was given for a watch that there is none of.</exception>
    public void RefuseWithoutWatch(ParseResult result)
    {
        foreach (var option in new Option[] { deleteMissing, rescan })
        {
            if (result.GetResult(option) is OptionResult { Implicit: false })
                throw new UsageException($"{option.Name} is for watched folders: add --watch, or leave it out.");
        }
    }

    public WatchedFolders Read(ParseResult result, IReadOnlyList<string> folders) => new(
        [.. folders.Select(Full)],
        new FolderSourceOptions { DeleteMissing = result.GetValue(deleteMissing), RescanInterval = TimeSpan.FromSeconds(result.GetValue(rescan)) });

    private static string Full(string folder) => Directory.Exists(folder)
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))
        : throw new UsageException($"'{folder}': there is no such folder to watch.");
}
