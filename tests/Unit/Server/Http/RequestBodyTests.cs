using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class RequestBodyTests
{
    private const long Limit = 1 << 20;

    private readonly Budget budget = new("request bytes", Limit);

    [Theory]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(100, false)]
    [InlineData(100_000, false)]
    [InlineData((int)Limit, true)]
    [InlineData((int)Limit, false)]
    public async Task A_body_is_charged_about_as_long_as_it_is_and_no_longer_than_it_is_held(int length, bool isDeclared)
    {
        var bytes = Bytes(length);
        using (var body = await RequestBody.ReadAsync(Request(bytes, isDeclared), Limit, budget, default))
        {
            Assert.Equal(bytes, body.Bytes.ToArray());
            Assert.InRange(budget.InUse, length, Math.Min(Limit, Math.Max(16 * 1024, 2 * length)));
        }

        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public async Task Many_small_bodies_of_unknown_length_fit_beside_each_other()
    {
        var bodies = new List<RequestBody>();
        for (var i = 0; i < 60; i++)
            bodies.Add(await RequestBody.ReadAsync(Request(Bytes(500), isDeclared: false), Limit, budget, default));
        bodies.ForEach(static body => body.Dispose());
        Assert.Equal(0, budget.InUse);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_has_no_room_is_refused_and_leaves_nothing_charged(bool isDeclared)
    {
        using (await RequestBody.ReadAsync(Request(Bytes(700_000), isDeclared: true), Limit, budget, default))
        {
            await Assert.ThrowsAsync<DeviceBusyException>(() => RequestBody.ReadAsync(Request(Bytes(500_000), isDeclared), Limit, budget, default));
            Assert.Equal(700_000, budget.InUse);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_longer_than_the_limit_is_refused_and_leaves_nothing_charged(bool isDeclared)
    {
        await Assert.ThrowsAsync<RequestTooLargeException>(() => RequestBody.ReadAsync(Request(Bytes((int)Limit + 1), isDeclared), Limit, budget, default));
        Assert.Equal(0, budget.InUse);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(160 << 10, 20)]
    public async Task Who_hardly_sends_is_refused_and_who_has_sent_much_has_more_time(int length, int seconds)
    {
        var time = new ManualTimeProvider();
        var sent = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await sent.Writer.WriteAsync(Bytes(length));
        var context = new DefaultHttpContext();
        context.Request.Body = sent.Reader.AsStream();
        using var pace = new TransferPace(time, default);

        // All that is there is taken before it waits.
        var reading = RequestBody.ReadAsync(context.Request, Limit, budget, default, pace: pace);
        time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.False(reading.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        var refused = await Assert.ThrowsAsync<BadHttpRequestException>(() => reading.WaitAsync(TestProbe.Patience));
        Assert.Equal(StatusCodes.Status408RequestTimeout, refused.StatusCode);
        Assert.Equal(0, budget.InUse);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static HttpRequest Request(byte[] bytes, bool isDeclared)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(bytes);
        context.Request.ContentLength = isDeclared ? bytes.Length : null;
        return context.Request;
    }
}
