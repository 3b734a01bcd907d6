using System.CommandLine;
using UnifiedVlm.Server.Demo;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Server.Cli;

/// <summary>What every command that needs the store alone shares.</summary>
internal static class StoreCommand
{
    /// <param name="makes">It may be the first thing that is done with a store; any other would find nothing in one that it has made itself, and say that all is well.</param>
    /// <param name="check">Refuses what can't be taken before the store is looked for.</param>
    public static Command Create(Command command, Func<Store, ParseResult, CancellationToken, Task<int>> action, bool makes = false, Action<ParseResult>? check = null)
    {
        var database = NodeSettings.CreateDatabase();
        var data = NodeSettings.CreateData();
        var logLevel = Logs.CreateOption("warning");
        command.Options.Add(database);
        command.Options.Add(data);
        command.Options.Add(logLevel);
        command.SetAction(async (result, cancellationToken) =>
        {
            check?.Invoke(result);
            using var loggers = Logs.CreateFactory(result.GetValue(logLevel)!);
            var options = Options(NodeSettings.ReadDatabase(result, database), result.GetValue(data)!);
            if (!makes)
                CheckThere(options);
            await using var store = await Store.OpenAsync(options, loggers, cancellationToken);
            return await action(store, result, cancellationToken);
        });
        return command;
    }

    /// <exception cref="UsageException">There is no private store in the folder, and no other was named.</exception>
    public static void CheckThere(StoreOptions options) => CheckThere(options, DemoOptions.OwnFolder);

    /// <param name="demoFolder">Where the demo has its store, by the number of its nodes.</param>
    public static void CheckThere(StoreOptions options, Func<int, string> demoFolder)
    {
        if (options.ConnectionString is not null || options.Embedded.Exists)
            return;
        throw new UsageException(
            $"There is no store below {options.Embedded.DataFolder}. Give --database (UVLM_DATABASE), or the --data (UVLM_DATA) that the node has; 'uvlm ingest' makes one."
            + Hint("./run", demoFolder(0)) + Hint("./run --nodes", demoFolder(2)));

        static string Hint(string command, string folder) => Options("", folder).Embedded.Exists ? $" That of {command} is --data {folder}." : "";
    }

    /// <param name="database">Connection string; empty means the private PostgreSQL below <paramref name="data"/>.</param>
    public static StoreOptions Options(string database, string data) => new()
    {
        ConnectionString = database.Length == 0 ? null : database,
        Embedded = new EmbeddedPostgresOptions { DataFolder = Path.Combine(Path.GetFullPath(data), "pg") },
    };
}
