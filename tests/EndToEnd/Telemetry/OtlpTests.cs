using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Telemetry;

/// <summary>What a collector gets of a node: a pushed document and an answer, each as one trace that begins with the caller's.</summary>
public sealed class OtlpTests
{
    // The last figures and spans are sent at a node's end, for longer than any machine takes.
    private static readonly Dictionary<string, string> Patient = new() { ["OTEL_EXPORTER_OTLP_TIMEOUT"] = Waiting.Limit.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) };

    [Fact]
    public async Task A_pushed_document_and_an_answer_are_one_trace_each()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var data = new DataFolder();
        var (push, answer) = (Caller.New(), Caller.New());
        await using (var node = await ServingNode.StartAsync(data, Patient, "--otlp", collector.Address))
        {
            var document = new JsonObject { ["id"] = "crop", ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "The crop tool cuts a picture." }) };
            var pushed = await node.PostAsync("/v1/documents", document, ("traceparent", push.Header));
            Assert.True(pushed.Status == HttpStatusCode.Accepted, pushed.Body);
            var status = await node.OutcomeAsync((string)pushed.Json["statusUrl"]!);
            Assert.Equal("indexed", (string)status["status"]!);
            var answered = await node.PostAsync("/v1/answer", new JsonObject { ["text"] = "How do I cut a picture?", ["max_tokens"] = 3 }, ("traceparent", answer.Header));
            Assert.True(answered.Status == HttpStatusCode.OK, answered.Body);
            Assert.Equal(HttpStatusCode.OK, (await node.Http.GetAsync("/health")).StatusCode);
            // An orderly end sends what has not been sent yet.
            await node.Process.TerminateAsync();
        }

        AssertOneTree(collector, push, ["POST /v1/documents", "process inbox", "decode", "compare", "prepare", "encode", "encode batch", "write", "commit"]);
        AssertOneTree(collector, answer, ["POST /v1/answer", "answer", "encode", "encode batch", "candidates", "align", "load", "chat uvlm-tiny"]);
        // Statements of the transaction and of the search are below them; those that belong to nothing, beats and looks into empty logs, are left out, and so are probes.
        Assert.All((Caller[])[push, answer], caller => Assert.Contains(collector.Trace(caller.TraceId), static span => span.Scope == "Npgsql"));
        Assert.DoesNotContain(collector.Spans, static span => span.ParentId.Length == 0 && (span.Scope == "Npgsql" || span.Name == "GET /health"));
        Assert.Superset(
            new HashSet<string> { "uvlm.ingest.records", "uvlm.device.documents", "uvlm.query.step", "messaging.process.duration", "gen_ai.server.time_to_first_token" },
            collector.Metrics.ToHashSet());
        Assert.Contains("logrecord.event.id", collector.LogAttributes);
    }

    [Fact]
    public async Task OpenTelemetrys_own_variables_are_enough()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var data = new DataFolder();
        await using (var node = Uvlm.Start(
            ["serve", "--until-stdin-closes", "--url", "http://127.0.0.1:0", "--data", data.Root],
            keepInputOpen: true,
            environment: new Dictionary<string, string>(Patient) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address }))
        {
            await node.WaitForLineAsync("listening on ");
            await node.TerminateAsync();
        }

        Assert.Contains("uvlm.actor.processed", collector.Metrics);
    }

    [Fact]
    public async Task An_address_that_is_none_is_refused_by_name()
    {
        var run = await Uvlm.RunAsync(["serve", "--otlp", "collector:4318"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--otlp 'collector:4318' is no address of a collector", run.Errors);
    }

    private static void AssertOneTree(OtlpReceiver collector, Caller caller, string[] names)
    {
        var spans = collector.Trace(caller.TraceId);
        Assert.All(names, name => Assert.Contains(name, spans.Select(static span => span.Name)));
        var known = spans.Select(static span => span.Id).Append(caller.SpanId).ToHashSet();
        Assert.All(spans, span => Assert.Contains(span.ParentId, known));
    }

    private sealed record Caller(string TraceId, string SpanId)
    {
        public string Header => $"00-{TraceId}-{SpanId}-01";

        public static Caller New() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
    }
}
