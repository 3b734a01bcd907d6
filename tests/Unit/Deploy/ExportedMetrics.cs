using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>What a node measures, by what its meters publish, and how Prometheus gets to know it through the collector.</summary>
internal static partial class ExportedMetrics
{
    public static async Task<IReadOnlyList<Instrument>> CollectAsync()
    {
        var instruments = new List<Instrument>();
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                lock (instruments)
                    instruments.Add(instrument);
            };
            listener.Start();
            using var streams = new StreamsMeter(static () => throw new InvalidOperationException("Nobody is to look."));
            using var messaging = new MessagingMeter();
            using var device = new DeviceMeter(static () => throw new InvalidOperationException("Nobody is to look."));
            using var queries = new QueryMeter(static () => 0, static () => 0, static () => 0, static () => 0);
            using var generations = new GenerationMeter("");
            using var transfers = new BlobTransfers();
            using var gateway = new GatewayMeter(new Budget("bodies", 1));
            using var events = new EventMeter(static () => throw new InvalidOperationException("Nobody is to look."), static () => 0, static () => 0, static () => 0);
            using var subscriptions = new SubscriptionMeter();
            using var devices = new DevicePool("metrics", new PoolOptions(), TimeProvider.System, NullLogger<DevicePool>.Instance);
            using var pool = new PoolMeter(devices);
            await using var actors = new ActorSystem("metrics");
            await using var database = NpgsqlDataSource.Create("Host=nowhere");
            await using var web = await ListenAsync();
        }

        lock (instruments)
            return [.. instruments];
    }

    /// <summary>The largest bound of a histogram's buckets: no quantile lies above it. Null where its maker has advised none.</summary>
    public static double? LargestBound(Instrument instrument) => (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { Count: > 0 } bounds ? bounds[^1] : null;

    /// <summary>The collector's rules: dots become underscores, then the unit, then <c>_total</c> where it only rises.</summary>
    public static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        var name = NotOfNames().Replace(instrument.Name, "_");
        var isCounter = kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal);
        var unit = instrument.Unit switch { "s" => "seconds", "By" => "bytes", "1" when kind.Contains("Gauge", StringComparison.Ordinal) => "ratio", _ => "" };
        if (unit.Length > 0 && !name.Split('_').Contains(unit))
            name += "_" + unit;
        if (isCounter)
            name += "_total";
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? [name + "_bucket", name + "_count", name + "_sum"] : [name];
    }

    /// <summary>The metrics that a query asks for.</summary>
    public static IEnumerable<string> In(string query) => Metric().Matches(Labels().Replace(query, " ")).Select(static m => m.Value);

    /// <summary>The server's own meters are made when it starts.</summary>
    private static async Task<WebApplication> ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    [GeneratedRegex("[^a-zA-Z0-9_]")]
    private static partial Regex NotOfNames();

    /// <summary>Matchers of labels, and lists of them behind by, without and on.</summary>
    [GeneratedRegex(@"\{[^}]*\}|\b(?:by|without|on)\s*\([^)]*\)|\$\w+")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\b[a-z]+_[a-z0-9_]+\b(?!\s*\()")]
    private static partial Regex Metric();
}
