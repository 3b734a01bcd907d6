using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Streams.Asking;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

public sealed class AskConsumerTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Told_to_stop_it_answers_what_it_has_and_reads_nothing_more()
    {
        var options = Options();
        var handler = new HeldHandler();
        await using var consumer = new AskConsumer(options, handler, NullLogger<AskConsumer>.Instance, TimeProvider.System);
        await fixture.SendAsync(options.Topic, 0, ["first"u8.ToArray()]);
        await handler.Asked.WaitAsync(Patience);

        var stopping = consumer.StopAsync(Patience);
        await fixture.SendAsync(options.Topic, 0, ["second"u8.ToArray()]);
        handler.Answer.SetResult();
        await stopping;
        Assert.Equal(["first"], handler.Questions);
        Assert.Equal("first", Encoding.UTF8.GetString(Assert.Single(Replies(options)).Message.Value));
        Assert.Equal(1, Committed(options));
    }

    [Fact]
    public async Task A_question_beyond_the_limit_is_left_to_whoever_reads_it_next()
    {
        var options = Options();
        var handler = new HeldHandler();
        await using (var consumer = new AskConsumer(options, handler, NullLogger<AskConsumer>.Instance, TimeProvider.System))
        {
            await fixture.SendAsync(options.Topic, 0, ["first"u8.ToArray()]);
            await handler.Asked.WaitAsync(Patience);
            await consumer.StopAsync(TimeSpan.Zero);
        }

        Assert.Empty(Replies(options));
        Assert.Equal(Offset.Unset.Value, Committed(options));
    }

    [Fact]
    public async Task A_position_that_could_not_be_committed_is_said_again()
    {
        // Errors are pushed for whoever asks next: with other tests at the same brokers that may be one of theirs.
        using var own = new BrokerFixture();
        var options = Options(own) with { RestartDelay = TimeSpan.FromMilliseconds(50) };
        var handler = new HeldHandler();
        handler.Answer.SetResult();
        own.Broker.PushRequestErrors(BrokerRequest.OffsetCommit, ErrorCode.GroupAuthorizationFailed, ErrorCode.GroupAuthorizationFailed);
        await using var consumer = new AskConsumer(options, handler, NullLogger<AskConsumer>.Instance, TimeProvider.System);
        await own.SendAsync(options.Topic, 0, ["first"u8.ToArray()]);

        await Waiting.UntilAsync(() => Committed(options) == 1, "its position is committed, with nothing after it");

        Assert.Equal(["first"], handler.Questions);
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed, 0, new string[0], new[] { "200 second" })]
    [InlineData(ErrorCode.TopicAuthorizationFailed, 1, new[] { "500 ", "200 second" }, new string[0])]
    [InlineData(ErrorCode.InvalidRecord, 0, new string[0], new[] { "200 second" })]
    [InlineData(ErrorCode.InvalidRecord, 1, new[] { "500 ", "200 second" }, new string[0])]
    public async Task A_question_whose_reply_topic_takes_no_replies_is_done(ErrorCode refusal, int refusing, string[] inFirst, string[] inOther)
    {
        // For the reason above.
        using var own = new BrokerFixture();
        var options = Options(own) with { RestartDelay = TimeSpan.FromMilliseconds(50) };
        options = options with { ReplyTopics = [options.ReplyTopics[0], own.Topic(1)] };
        var handler = new HeldHandler();
        await using var consumer = new AskConsumer(options, handler, NullLogger<AskConsumer>.Instance, TimeProvider.System);
        await own.SendAsync(options.Topic, 0, ["first"u8.ToArray()], headers: ReplyTo(options.ReplyTopics[refusing]));
        await handler.Asked.WaitAsync(Patience);
        own.Broker.PushRequestErrors(BrokerRequest.Produce, refusal);
        handler.Answer.SetResult();
        await Waiting.UntilAsync(() => Committed(options) == 1, "the position has passed it");

        // To the other one: a topic that was refused is refused by the client itself until it has asked for it again.
        await own.SendAsync(options.Topic, 0, ["second"u8.ToArray()], headers: ReplyTo(options.ReplyTopics[1 - refusing]));
        await Waiting.UntilAsync(() => Committed(options) == 2, "the next one is answered");

        Assert.Equal(["first", "second"], handler.Questions);
        Assert.Equal(inFirst, Replies(options).Select(Line));
        Assert.Equal(inOther, Replies(options with { ReplyTopics = [options.ReplyTopics[1]] }).Select(Line));
        Assert.Equal(inFirst.Length + inOther.Length, consumer.Replies);
    }

    private static Headers ReplyTo(string topic) => new() { { AskHeaders.Reply, Encoding.UTF8.GetBytes(topic) } };

    private static string Line(ConsumeResult<byte[], byte[]> reply) =>
        $"{Encoding.UTF8.GetString(reply.Message.Headers.GetLastBytes("status"))} {Encoding.UTF8.GetString(reply.Message.Value)}";

    private AskOptions Options() => Options(fixture);

    private static AskOptions Options(BrokerFixture brokers) => new()
    {
        BootstrapServers = brokers.Broker.BootstrapServers,
        GroupId = $"group-{Guid.NewGuid():N}",
        Topic = brokers.Topic(1),
        ReplyTopics = [brokers.Topic(1)],
    };

    private static List<ConsumeResult<byte[], byte[]>> Replies(AskOptions options)
    {
        using var consumer = Consumer(options, "none");
        consumer.Assign(new TopicPartitionOffset(options.ReplyTopics[0], 0, Offset.Beginning));
        var end = consumer.QueryWatermarkOffsets(new TopicPartition(options.ReplyTopics[0], 0), Patience).High.Value;
        return [.. Enumerable.Range(0, (int)end).Select(_ => consumer.Consume(Patience))];
    }

    private static long Committed(AskOptions options)
    {
        using var consumer = Consumer(options, options.GroupId);
        return consumer.Committed([new TopicPartition(options.Topic, 0)], Patience).Single().Offset.Value;
    }

    private static IConsumer<byte[], byte[]> Consumer(AskOptions options, string group)
        => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = options.BootstrapServers, GroupId = group }).Build();

    /// <summary>Answers each question with itself, when it is told to.</summary>
    private sealed class HeldHandler : IAskHandler
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => asked.Task;

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Questions { get; } = [];

        public async Task<AskReply> AnswerAsync(AskedQuestion question, CancellationToken cancellationToken)
        {
            Questions.Add(Encoding.UTF8.GetString(question.Body.Span));
            asked.TrySetResult();
            await Answer.Task.WaitAsync(cancellationToken);
            return new AskReply(200, "text/plain", question.Body.ToArray());
        }

        public AskReply Refuse(int status, string title, string detail, string? field) => new(status, "text/plain", []);
    }
}
