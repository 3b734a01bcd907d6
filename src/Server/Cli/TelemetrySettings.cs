using System.CommandLine;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli;

/// <summary>Where a node sends what it knows of itself.</summary>
internal sealed class TelemetrySettings
{
    private readonly Option<string> otlp = Setting.Text("--otlp", "UVLM_OTLP", "",
        "Address of an OpenTelemetry collector, such as http://collector:4318, which gets traces, metrics and logs; OpenTelemetry's own OTEL_ variables work too");

    public void AddTo(Command command) => command.Options.Add(otlp);

    /// <exception cref="UsageException">It is no address.</exception>
    public TelemetryOptions Read(ParseResult result) => result.GetValue(otlp) switch
    {
        "" => new TelemetryOptions(null),
        var text when Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" => new TelemetryOptions(address),
        var text => throw new UsageException($"{otlp.Name} '{text}' is no address of a collector. Write http://HOST:4318, without a path."),
    };
}
