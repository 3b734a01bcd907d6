using System.CommandLine;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli;

/// <summary>What every command that needs a node shares: its settings, its logs, and the node's beginning and end.</summary>
internal static class NodeCommand
{
    /// <summary>Adds the node's settings to <paramref name="command"/> and runs <paramref name="action"/> with a started node.</summary>
    /// <param name="check">Looks at the arguments before anything is started.</param>
    /// <param name="makes">Whether it may be the first thing that is done with a store; without it never, as nothing would be found in one that was just made.</param>
    public static Command Create(
        Command command, Func<Node, ParseResult, CancellationToken, Task<int>> action, Action<ParseResult>? check = null, Func<ParseResult, bool>? makes = null)
    {
        var settings = new NodeSettings();
        var logLevel = Logs.CreateOption("warning");
        command.Options.Add(logLevel);
        settings.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            check?.Invoke(result);
            var options = settings.Read(result);
            if (options.Devices.Count == 0)
                throw new UsageException("--device none is for 'uvlm serve': only a serving node is lent the devices of others.");
            if (makes?.Invoke(result) is not true)
                StoreCommand.CheckThere(StoreCommand.Options(options.Database, options.DataDirectory));
            using var loggers = Logs.CreateFactory(result.GetValue(logLevel)!);
            await using var node = await Node.StartAsync(options, loggers, cancellationToken);
            return await action(node, result, cancellationToken);
        });
        return command;
    }
}
