using System.CommandLine;
using Microsoft.Extensions.Logging.Console;

namespace UnifiedVlm.Server.Cli;

/// <summary>Logs go to standard error, one line an event; standard output belongs to results.</summary>
internal static class Logs
{
    public static Option<string> CreateOption(string fallback)
    {
        var option = Setting.Text("--log-level", "UVLM_LOG_LEVEL", fallback, "trace, debug, information, warning, error or critical");
        option.Validators.Add(static result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (!Enum.TryParse<LogLevel>(text, ignoreCase: true, out _))
                result.AddError($"--log-level '{text}' is none of trace, debug, information, warning, error, critical.");
        });
        return option;
    }

    public static void Configure(ILoggingBuilder logging, string level)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(Enum.Parse<LogLevel>(level, ignoreCase: true));
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        // A line for every request; what goes wrong the gateway itself says.
        logging.AddFilter("Yarp", LogLevel.Error);
        logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    public static ILoggerFactory CreateFactory(string level) => LoggerFactory.Create(logging => Configure(logging, level));
}
