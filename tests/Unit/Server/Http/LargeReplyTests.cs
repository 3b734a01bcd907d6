using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Tests.Unit.Server.Http;

public sealed class LargeReplyTests
{
    private const long Capacity = 400;

    private readonly DefaultHttpContext context = new();

    [Fact]
    public async Task A_reply_keeps_its_room_until_its_client_has_taken_it_and_nobody_may_hardly_read()
    {
        using var transfers = new BlobTransfers(Capacity);
        using var body = new HeldStream();
        var rate = new SetRate();
        context.Response.Body = body;
        context.Features.Set<IHttpMinResponseDataRateFeature>(rate);

        var replying = ReplyAsync(transfers, 100, static () => Task.FromResult<DocumentReport?>(new DocumentReport(7, DateTimeOffset.UnixEpoch, JsonElement.Parse("{}"))));

        Assert.Throws<TransfersBusyException>(() => transfers.Download(1));
        Assert.True(rate.MinDataRate?.BytesPerSecond > 1000);
        body.Go.SetResult();
        Assert.True(await replying);
        using var written = JsonDocument.Parse(body.ToArray());
        Assert.Equal(7, written.RootElement.GetProperty("version").GetInt64());
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

    private sealed class HeldStream : MemoryStream
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Go.Task.WaitAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    private sealed class SetRate : IHttpMinResponseDataRateFeature
    {
        public MinDataRate? MinDataRate { get; set; }
    }
}
