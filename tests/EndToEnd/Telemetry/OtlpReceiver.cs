using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Tests.EndToEnd.Telemetry;

/// <summary>A collector: takes OTLP as protobuf over HTTP, and keeps what the tests look at.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<ReceivedSpan> spans = [];
    private readonly HashSet<string> metrics = [];
    private readonly List<string> logAttributes = [];
    private readonly WebApplication app;

    private OtlpReceiver(WebApplication app)
    {
        this.app = app;
        app.MapPost("/v1/traces", async request => Take(await BodyAsync(request), ReadSpans));
        app.MapPost("/v1/metrics", async request => Take(await BodyAsync(request), ReadMetrics));
        app.MapPost("/v1/logs", async request => Take(await BodyAsync(request), ReadLogs));
    }

    public string Address => app.Urls.First();

    public IReadOnlyList<ReceivedSpan> Trace(string traceId)
    {
        lock (gate)
            return [.. spans.Where(span => span.TraceId == traceId)];
    }

    /// <summary>Of all traces.</summary>
    public IReadOnlyList<ReceivedSpan> Spans
    {
        get
        {
            lock (gate)
                return [.. spans];
        }
    }

    public IReadOnlySet<string> Metrics
    {
        get
        {
            lock (gate)
                return metrics.ToHashSet();
        }
    }

    /// <summary>Names of the attributes of log records.</summary>
    public IReadOnlyList<string> LogAttributes
    {
        get
        {
            lock (gate)
                return [.. logAttributes];
        }
    }

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        await receiver.app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private void Take(byte[] body, Action<byte[]> read)
    {
        lock (gate)
            read(body);
    }

    // The numbers are those of opentelemetry-proto: resource_spans 1, scope_spans 2, spans 2; likewise for metrics and logs.
    private void ReadSpans(byte[] request)
    {
        foreach (var (source, span) in Items(request))
        {
            var fields = Fields(span).ToLookup(static f => f.Number, static f => f.Bytes);
            spans.Add(new ReceivedSpan(
                source, Hex(fields[1].First()), Hex(fields[2].First()), Hex(fields[4].FirstOrDefault() ?? []), System.Text.Encoding.UTF8.GetString(fields[5].First()),
                [.. fields[13].Select(static link => Hex(Fields(link).First(static f => f.Number == 1).Bytes))]));
        }
    }

    private void ReadMetrics(byte[] request)
    {
        foreach (var (_, metric) in Items(request))
            metrics.Add(System.Text.Encoding.UTF8.GetString(Fields(metric).First(static f => f.Number == 1).Bytes));
    }

    private void ReadLogs(byte[] request)
    {
        foreach (var attribute in Items(request).SelectMany(static log => Fields(log.Item).Where(static f => f.Number == 6)))
            logAttributes.Add(System.Text.Encoding.UTF8.GetString(Fields(attribute.Bytes).First(static f => f.Number == 1).Bytes));
    }

    /// <summary>What was sent, with the name of the source, meter or category that it is of.</summary>
    private static IEnumerable<(string Scope, byte[] Item)> Items(byte[] request) =>
        from resource in Fields(request)
        where resource.Number == 1
        from scope in Fields(resource.Bytes)
        where scope.Number == 2
        let name = Fields(Fields(scope.Bytes).First(static f => f.Number == 1).Bytes).First(static f => f.Number == 1).Bytes
        from item in Fields(scope.Bytes)
        where item.Number == 2
        select (System.Text.Encoding.UTF8.GetString(name), item.Bytes);

    /// <summary>The fields that are bytes, texts or messages; numbers are passed over.</summary>
    private static IEnumerable<(int Number, byte[] Bytes)> Fields(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                yield return (WireFormat.GetTagFieldNumber(tag), input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }
    }

    private static string Hex(byte[] id) => Convert.ToHexStringLower(id);
}
