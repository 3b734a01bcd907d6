using System.CommandLine;
using UnifiedVlm.Server.Cli.Inspection;

namespace UnifiedVlm.Server.Cli;

/// <summary>Builds the command tree and maps every failure to one line on standard error and an exit code.</summary>
internal static class CommandLineHost
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("UnifiedVlm: interleaved image-text documents, embedded and answered over by one vision-language model.");
        foreach (var command in Commands())
            root.Subcommands.Add(command);

        // Failures reach us instead of the library's stack trace. Ctrl-C and SIGTERM cancel the token; a node then has this long to drain.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(60) };
        try
        {
            return await root.Parse(arguments).InvokeAsync(invocation);
        }
        catch (Exception error) when (CommandFailure.From(error) is { } failure)
        {
            await Console.Error.WriteLineAsync($"uvlm: {failure.Message}");
            return failure.ExitCode;
        }
    }

    private static IEnumerable<Command> Commands() =>
    [
        ServeCommand.Create(),
        DemoCommand.Create(),
        DoctorCommand.Create(),
        BrokerCommand.Create(),
        IngestCommand.Create(),
        QueryCommand.Create(),
        DeadCommand.Create(),
        OffsetsCommand.Create(),
        ModelCommand.Create(),
        TokenizerCommand.Create(),
        AlignCommand.Create(),
    ];
}
