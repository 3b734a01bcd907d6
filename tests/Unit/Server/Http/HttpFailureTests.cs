using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What callers read of a failure, and what only the log has.</summary>
public sealed class HttpFailureTests
{
    [Fact]
    public void A_number_out_of_range_inside_the_program_is_a_defect_of_it() => Assert.Null(HttpFailure.From(new ArgumentOutOfRangeException("count")));

    [Fact]
    public async Task A_database_that_is_away_is_not_described_to_callers_but_in_the_log()
    {
        var (reply, log) = await AnswerAsync(new NpgsqlException("Failed to connect to 10.0.0.7:5432"));
        Assert.Equal(503, reply.Status);
        Assert.DoesNotContain("10.0.0.7", reply.Body, StringComparison.Ordinal);
        Assert.Contains("try again", reply.Body, StringComparison.Ordinal);
        Assert.Contains("10.0.0.7", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_not_logged() => Assert.Empty((await AnswerAsync(new TransfersBusyException("many", TimeSpan.FromSeconds(1)))).Log.Lines);

    [Fact]
    public async Task A_defect_that_a_streams_reader_was_told_of_is_logged_and_nothing_more_is_written()
    {
        var (reply, log) = await AnswerAsync(new StreamDefectException(new InvalidOperationException("broken inside")));
        Assert.Equal((200, ""), reply);
        Assert.Contains("broken inside", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    private static async Task<((int Status, string Body) Reply, Listener Log)> AnswerAsync(Exception failure)
    {
        var log = new Listener();
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        await new FailureMiddleware(_ => Task.FromException(failure), log).InvokeAsync(context);
        return ((context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray())), log);
    }

    private sealed class Listener : ILogger<FailureMiddleware>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add($"{formatter(state, exception)} {exception?.Message}");
    }
}
