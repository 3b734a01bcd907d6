using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class LargeReplyTests
{
    private const long Capacity = 400;

    private readonly DefaultHttpContext context = new();

    [Fact]
    public async Task A_reply_keeps_its_room_until_its_client_has_taken_it()
    {
        using var transfers = new BlobTransfers(Capacity);
        using var body = new HeldStream();
        context.Response.Body = body;

        var replying = ReplyAsync(transfers, 100, Report);

        Assert.Throws<TransfersBusyException>(() => transfers.Download(1));
        body.Go.SetResult();
        Assert.True(await replying);
        using var written = JsonDocument.Parse(body.ToArray());
        Assert.Equal(7, written.RootElement.GetProperty("version").GetInt64());
        transfers.Download(Capacity).Dispose();
    }

    [Fact]
    public async Task A_reply_that_its_client_hardly_reads_is_broken_off()
    {
        var time = new ManualTimeProvider();
        using var transfers = new BlobTransfers(Capacity, time);
        using var body = new HeldStream();
        var client = new Client();
        context.Response.Body = body;
        context.Features.Set<IHttpRequestLifetimeFeature>(client);

        var replying = ReplyAsync(transfers, 100, Report);
        await body.Reached.Task.WaitAsync(TestProbe.Patience);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(client.IsCutOff);
        time.Advance(TimeSpan.FromSeconds(1));

        await replying.WaitAsync(TestProbe.Patience);
        Assert.True(client.IsCutOff);
        transfers.Download(Capacity).Dispose();
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_not_read()
    {
        using var transfers = new BlobTransfers(Capacity);
        using var other = transfers.Download(Capacity);
        var reads = 0;
        await Assert.ThrowsAsync<TransfersBusyException>(() => ReplyAsync(transfers, 1, () =>
        {
            reads++;
            return Task.FromResult<DocumentReport?>(null);
        }));
        Assert.Equal(0, reads);
    }

    [Fact]
    public async Task What_is_gone_when_it_is_read_leaves_the_reply_to_the_caller()
    {
        using var transfers = new BlobTransfers(Capacity);
        Assert.False(await ReplyAsync(transfers, 1, static () => Task.FromResult<DocumentReport?>(null)));
        Assert.Null(context.Response.ContentType);
        transfers.Download(Capacity).Dispose();
    }

    private Task<bool> ReplyAsync(BlobTransfers transfers, long length, Func<Task<DocumentReport?>> make)
        => LargeReply.TryWriteAsync(context, transfers, length, make, ApiJson.Default.DocumentReport);

    private static Task<DocumentReport?> Report() => Task.FromResult<DocumentReport?>(new DocumentReport(7, DateTimeOffset.UnixEpoch, JsonElement.Parse("{}")));

    private sealed class Client : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsCutOff { get; private set; }

        public void Abort() => IsCutOff = true;
    }
}
