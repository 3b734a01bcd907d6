using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli;

/// <summary>The one place where exceptions become exit codes.</summary>
internal readonly record struct CommandFailure(string Message, int ExitCode)
{
    private const int BadInput = 2;
    private const int Unavailable = 3;
    private const int Interrupted = 130;

    /// <summary>Null when the exception is a defect of ours: it then ends the program with its stack trace.</summary>
    public static CommandFailure? From(Exception error) => error switch
    {
        UsageException => new(error.Message, BadInput),
        DocumentRejectedException => new(error.Message, BadInput),
        FileNotFoundException or DirectoryNotFoundException => new(error.Message, BadInput),
        UnauthorizedAccessException or IOException => new(error.Message, Unavailable),
        OperationCanceledException => new("stopped", Interrupted),
        _ => null,
    };
}
