using System.CommandLine;
using System.Runtime.InteropServices;
using Spectre.Console;
using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Server.Cli.Chat;
using UnifiedVlm.Server.Cli.Indexes;
using UnifiedVlm.Server.Cli.Inspection;
using UnifiedVlm.Server.Cli.Retrieval;

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
        HelpDefaults.Complete(root);

        ConfigureConsole();

        // Registered before the command begins: the library's own handler comes after a command's first steps, and a signal in between would kill.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        // Failures reach us instead of the library's stack trace.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            // @FILE stands for a secret in our options, not for a file of arguments.
            var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
                throw await ParseFailure.OfAsync(parsed, stop.Token);
            return await parsed.InvokeAsync(invocation, stop.Token);
        }
        catch (Exception error) when (CommandFailure.From(error) is { } failure)
        {
            await Console.Error.WriteLineAsync($"uvlm: {failure.Message}");
            return failure.ExitCode;
        }
    }

    /// <summary>The first signal asks the command to end in order; the second ends the process.</summary>
    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
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
        ChatCommand.Create(),
        DeadCommand.Create(),
        OffsetsCommand.Create(),
        EventsCommand.Create(),
        IndexCommand.Create(),
        VerifyCommand.Create(),
        EraseCommand.Create(),
        KeyCommand.Create(),
        SubscriptionCommand.Create(),
        EmbedCommand.Create(),
        GenerateCommand.Create(),
        EvalCommand.Create(),
        BenchCommand.Create(),
        ModelCommand.Create(),
        TokenizerCommand.Create(),
        DataCommand.Create(),
        TrainCommand.Create(),
        AlignCommand.Create(),
    ];
}
