using System.Diagnostics;
using System.Diagnostics.Metrics;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Tests.Unit.Telemetry;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class QueryTraceTests : IAsyncLifetime
{
    private static readonly ActivitySource Callers = new("UnifiedVlm.Tests");

    private readonly FakeBackend backend = new();
    private readonly ActorSystem system = new("test");
    private readonly RecordedSpans spans = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        spans.Dispose();
        await system.DisposeAsync();
    }

    [Fact]
    public async Task An_answer_is_one_trace_from_its_request_to_its_last_token()
    {
        backend.Add(FakeBackend.Document("fruit", "apple pie"), part: 1);
        backend.Tokens.AddRange(["An ", "apple."]);
        await AnswerAsync("tiny");
        Assert.Equal(["request", "answer", "encode", "candidates", "align", "load", "chat tiny"], spans.Ended.Select(static span => span.DisplayName));
        spans.AssertOneTree();
        var answer = spans.Single("answer");
        Assert.Equal(spans.Single("request").SpanId, answer.ParentSpanId);
        Assert.All(spans.Ended.Skip(2), span => Assert.Equal(answer.SpanId, span.ParentSpanId));
        var chat = spans.Single("chat tiny");
        Assert.Equal(
            ("chat", "unifiedvlm", "tiny", 1, 2),
            (chat.GetTagItem("gen_ai.operation.name"), chat.GetTagItem("gen_ai.provider.name"), chat.GetTagItem("gen_ai.request.model"),
                chat.GetTagItem("gen_ai.usage.input_tokens"), chat.GetTagItem("gen_ai.usage.output_tokens")));
    }

    [Fact]
    public async Task A_generation_that_fails_is_an_error_of_its_span_and_of_its_question()
    {
        backend.Add(FakeBackend.Document("fruit", "apple pie"), part: 1);
        backend.Tokens.Add("An ");
        backend.OnToken = static (_, _) => throw new InvalidOperationException("no more");
        await Assert.ThrowsAsync<InvalidOperationException>(() => AnswerAsync(""));
        await system.DisposeAsync();
        Assert.Equal((ActivityStatusCode.Error, "no more"), (spans.Single("chat").Status, spans.Single("chat").StatusDescription));
        Assert.Equal(ActivityStatusCode.Error, spans.Single("answer").Status);
    }

    [Fact]
    public async Task The_times_of_an_answer_are_measured_under_the_conventions_names()
    {
        var seen = new List<(string Name, string? Operation)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("gen_ai.", StringComparison.Ordinal))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var values = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => tag.Value);
            // A model of its own: other tests' answers are listened to as well.
            if (values.GetValueOrDefault("gen_ai.request.model") is "measured" && value >= 0)
                seen.Add((instrument.Name, values["gen_ai.operation.name"] as string));
        });
        listener.Start();
        backend.Add(FakeBackend.Document("fruit", "apple pie"), part: 1);
        backend.Tokens.AddRange(["An ", "apple."]);
        await AnswerAsync("measured");
        Assert.Equal(
            [("gen_ai.server.time_to_first_token", "chat"), ("gen_ai.server.time_per_output_token", "chat"), ("gen_ai.server.request.duration", "chat")], seen);
    }

    private async Task AnswerAsync(string model)
    {
        var service = QueryService.Start(system, "query", backend, backend, backend, backend, new QueryOptions { Actors = 1, ModelName = model });
        // As a request's span would be.
        using var request = Callers.StartActivity("request", ActivityKind.Server, spans.Parent)!;
        await foreach (var _ in service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple")), default))
        {
            // Only the spans count.
        }

        // The actor has ended its work, and with it its span.
        await system.DisposeAsync();
    }
}
