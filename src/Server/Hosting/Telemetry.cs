using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace UnifiedVlm.Server.Hosting;

/// <summary>
/// OpenTelemetry: what the libraries' activity sources, meters and loggers say goes to a collector. Only here; without a collector nothing of it is loaded, and
/// nobody listens to any source.
/// </summary>
internal static class Telemetry
{
    private const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolKey = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string DisabledKey = "OTEL_SDK_DISABLED";
    private const string TimeoutKey = "OTEL_EXPORTER_OTLP_TIMEOUT";

    /// <summary>Events keep their ids and names.</summary>
    private const string EventIdsKey = "OTEL_DOTNET_EXPERIMENTAL_OTLP_EMIT_EVENT_LOG_ATTRIBUTES";

    /// <summary>A collector that is away holds no node up, unless <see cref="TimeoutKey"/> says how long one is waited for.</summary>
    private static readonly TimeSpan LastTime = TimeSpan.FromSeconds(2);

    /// <summary>Of activity sources and of meters, of the libraries and of what they use: most names are both's.</summary>
    private static readonly string[] Sources =
        ["UnifiedVlm.*", "Npgsql", "Microsoft.AspNetCore", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    /// <summary>Each of them turns it on by itself.</summary>
    private static readonly string[] Endpoints =
        [EndpointKey, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <param name="instance">Tells this node from others.</param>
    public static void Configure(WebApplicationBuilder builder, TelemetryOptions options, string instance)
    {
        var settings = builder.Configuration;
        if (options.Endpoint is { } endpoint)
            settings[EndpointKey] = endpoint.AbsoluteUri;
        if (!Endpoints.Any(key => !string.IsNullOrEmpty(settings[key])) || string.Equals(settings[DisabledKey], "true", StringComparison.OrdinalIgnoreCase))
            return;
        // HTTP passes every proxy; gRPC has to be asked for.
        settings[ProtocolKey] ??= "http/protobuf";
        settings[EventIdsKey] ??= "true";
        var version = typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("uvlm", serviceVersion: version, serviceInstanceId: instance).AddEnvironmentVariableDetector())
            .WithTracing(static tracing => tracing.AddSource(Sources).AddProcessor<LoneStatements>())
            .WithMetrics(static metrics => metrics.AddMeter(Sources))
            .WithLogging(null, static logs => (logs.IncludeFormattedMessage, logs.IncludeScopes) = (true, false))
            .UseOtlpExporter();
    }

    /// <summary>Sends what has not been sent yet, while the meters that have the last figures are there: they go with the node.</summary>
    public static Task SendLastAsync(IServiceProvider services)
    {
        var limit = int.TryParse(services.GetRequiredService<IConfiguration>()[TimeoutKey], CultureInfo.InvariantCulture, out var given) && given > 0 ? given : (int)LastTime.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => services.GetService<MeterProvider>()?.ForceFlush(limit)),
            Task.Run(() => services.GetService<TracerProvider>()?.ForceFlush(limit)),
            Task.Run(() => services.GetService<LoggerProvider>()?.ForceFlush(limit)));
    }

    /// <summary>Statements that belong to no question and no record: beats, and looks into logs that have nothing new, several a second.</summary>
    private sealed class LoneStatements : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Source.Name == "Npgsql" && data.ParentSpanId == default)
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
