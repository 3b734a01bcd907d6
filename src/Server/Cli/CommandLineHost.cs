using System.CommandLine;
using Spectre.Console;
using UnifiedVlm.Server.Cli.Inspection;

namespace UnifiedVlm.Server.Cli;

/// <summary>Builds the command tree and maps every failure to one line on standard error and an exit code.</summary>
internal static class CommandLineHost
{
    private const int RedirectedWidth = 160;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("UnifiedVlm: interleaved image-text documents, embedded and answered over by one vision-language model.");
        foreach (var command in Commands())
            root.Subcommands.Add(command);

        ConfigureConsole();

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

    /// <summary>Into a pipe or a file go plain lines: no colours, and nothing broken at the 80 columns that a missing terminal is taken to have.</summary>
    private static void ConfigureConsole()
    {
        if (!Console.IsOutputRedirected)
            return;
        var profile = AnsiConsole.Profile;
        profile.Capabilities.Ansi = false;
        profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        profile.Width = RedirectedWidth;
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
