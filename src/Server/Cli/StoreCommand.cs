using System.CommandLine;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Server.Cli;

/// <summary>What every command that needs the store alone shares.</summary>
internal static class StoreCommand
{
    public static Command Create(Command command, Func<Store, ParseResult, CancellationToken, Task<int>> action)
    {
        var database = NodeSettings.CreateDatabase();
        var data = NodeSettings.CreateData();
        var logLevel = Logs.CreateOption("warning");
        command.Options.Add(database);
        command.Options.Add(data);
        command.Options.Add(logLevel);
        command.SetAction(async (result, cancellationToken) =>
        {
            using var loggers = Logs.CreateFactory(result.GetValue(logLevel)!);
            await using var store = await Store.OpenAsync(Options(NodeSettings.ReadDatabase(result, database), result.GetValue(data)!), loggers, cancellationToken);
            return await action(store, result, cancellationToken);
        });
        return command;
    }

    /// <param name="database">Connection string; empty means the private PostgreSQL below <paramref name="data"/>.</param>
    public static StoreOptions Options(string database, string data) => new()
    {
        ConnectionString = database.Length == 0 ? null : database,
        Embedded = new EmbeddedPostgresOptions { DataFolder = Path.Combine(Path.GetFullPath(data), "pg") },
    };
}
