using System.Buffers;
using Grpc.Core;
using Grpc.Net.Client;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Server.Rpc.Wire;
using UnifiedVlm.Tests.Unit.Actors.Device;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

/// <summary>Devices of other nodes, over real connections: exact, never more than was granted, and not missed when they go.</summary>
public sealed class RemoteDeviceTests : IAsyncLifetime
{
    private readonly BorrowingNode borrower = new();
    private LendingNode node = null!;

    private static DeviceOptions Small { get; } = new() { MaxBatchTokens = 100, MaxBatchDocuments = 4, IngestBudgetTokens = 100, QueryBudgetTokens = 60, MaxGenerations = 2, MaxLinger = TimeSpan.Zero };

    public async Task InitializeAsync() => node = await LendingNode.StartAsync(Small);

    public async Task DisposeAsync()
    {
        await borrower.DisposeAsync();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task Documents_come_over_exactly_and_vectors_come_back()
    {
        float[] pixels = [.. Enumerable.Range(0, LendingNode.PictureValues).Select(static i => 1f / (i + 3))];
        int[][] tokens = [];
        float[] arrived = [];
        node.Model.OnEncode = batch =>
        {
            if (batch[0].Windows.Count == 1)
                return;
            tokens = [.. batch[0].Windows.Select(static w => w.TokenIds)];
            arrived = batch[0].Windows[1].Pixels.ToArray();
        };
        await borrower.BorrowAsync(node);
        var rented = ArrayPool<float>.Shared.Rent(pixels.Length);
        pixels.CopyTo(rented, 0);
        using var document = new PreparedDocument([new PreparedWindow([1, 2, 3], [], null, 0, 0), new PreparedWindow([4, LendingNode.ImageToken], [], rented, pixels.Length, 1)], []);
        var embedding = await borrower.EncodeAsync(document).WaitAsync(TestProbe.Patience);

        Assert.Equal([5f, 1f], embedding.DocumentVector.ToArray());
        Assert.Equal([[1, 2, 3], [4, LendingNode.ImageToken]], tokens);
        Assert.Equal(pixels, arrived);
        var asked = await borrower.EncodeAsync(FakeModel.Document(7), EncodePriority.Query).WaitAsync(TestProbe.Patience);
        Assert.Equal(7f, asked.DocumentVector.Span[0]);
    }

    [Fact]
    public async Task Answers_stream_and_leaving_one_ends_it_on_its_device()
    {
        await borrower.BorrowAsync(node);
        var texts = new List<string>();
        await foreach (var token in Generate(3))
            texts.Add(token.Text);
        Assert.Equal(["0 ", "1 ", "2 "], texts);
        await node.Model.Steps.ExpectAsync("step 0", "step 1", "step 2", "dispose");

        await foreach (var _ in Generate(1_000_000))
            break;
        for (var step = await node.Model.Steps.ReceiveAsync(); step != "dispose"; step = await node.Model.Steps.ReceiveAsync())
            Assert.StartsWith("step", step, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_senders_together_never_hold_more_than_the_node_lends()
    {
        var worst = 0L;
        node.Model.OnEncode = _ => worst = Math.Max(worst, node.Lender.Ledger(Kind.Ingest).Held);
        await using var second = new BorrowingNode();
        await using var third = new BorrowingNode();
        await borrower.BorrowAsync(node);
        await second.BorrowAsync(node);
        await third.BorrowAsync(node);

        // One in ten is larger than a fair share, and one larger than all there is.
        var encodings = new[] { borrower, second, third }.SelectMany(static sender => sender.Ingest(30, 9).Concat(sender.Ingest(3, 70)).Append(sender.EncodeAsync(FakeModel.Document(250))));
        await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
        Assert.InRange(worst, 1, Small.IngestBudgetTokens);
        // The vectors are sent before the credit for them is booked back.
        await UntilAsync(() => node.Lender.Ledger(Kind.Ingest).InWork == 0);
        Assert.All(borrower.Pool.Status, static device => Assert.Equal(0, device.Moved));
    }

    [Fact]
    public async Task Work_that_was_not_granted_is_refused()
    {
        using var channel = GrpcChannel.ForAddress(node.Address);
        var client = new Devices.DevicesClient(channel);
        using var lent = await LendAsync(client);
        var session = lent.ResponseStream.Current.Welcome.Session;
        Assert.Equal(StatusCode.ResourceExhausted, await StatusOfAsync(client, Request(session)));
        Assert.Equal(StatusCode.Unavailable, await StatusOfAsync(client, Request(session + 1)));
        await lent.RequestStream.WriteAsync(new Ask { Wish = new Wish { Kind = Kind.Ingest, Wanted = 10 } });
        Assert.True(await lent.ResponseStream.MoveNext());
        Assert.Equal((Kind.Ingest, 10), (lent.ResponseStream.Current.Grant.Kind, lent.ResponseStream.Current.Grant.Amount));
        var wrong = Request(session);
        wrong.Windows[0].TokenIds[0] = 100;
        Assert.Equal(StatusCode.InvalidArgument, await StatusOfAsync(client, wrong));
        Assert.Equal(StatusCode.ResourceExhausted, await StatusOfAsync(client, Request(session, length: 11)));
        Assert.Equal(StatusCode.OK, await StatusOfAsync(client, Request(session)));
    }

    [Fact]
    public async Task Credit_of_a_call_that_was_refused_before_it_was_booked_comes_back()
    {
        await borrower.BorrowAsync(node);
        using var wrong = new PreparedDocument([new PreparedWindow([100], [], null, 0, 0)], []);
        await Assert.ThrowsAsync<DeviceFailedException>(() => borrower.EncodeAsync(wrong).WaitAsync(TestProbe.Patience));

        // It takes all that is lent.
        var embedding = await borrower.EncodeAsync(FakeModel.Document((int)Small.IngestBudgetTokens)).WaitAsync(TestProbe.Patience);
        Assert.Equal(Small.IngestBudgetTokens, embedding.DocumentVector.Span[0]);
    }

    [Fact]
    public async Task A_node_without_work_is_as_free_as_the_devices_that_it_is_lent()
    {
        await borrower.BorrowAsync(node);
        Assert.Equal(new PoolProspect(Small.QueryBudgetTokens, Small.IngestBudgetTokens, Small.MaxGenerations), borrower.Pool.Prospect);
    }

    [Fact]
    public async Task A_deadline_and_a_caller_that_leaves_end_the_work_on_the_device()
    {
        var gate = new Gate();
        node.Model.OnEncode = _ => gate.Pass();
        await borrower.BorrowAsync(node);
        var held = borrower.EncodeAsync(FakeModel.Document(1));
        await gate.Entered;
        using var cancellation = new CancellationTokenSource();
        var cancelled = borrower.EncodeAsync(FakeModel.Document(2), token: cancellation.Token);

        using var channel = GrpcChannel.ForAddress(node.Address);
        var client = new Devices.DevicesClient(channel);
        using var lent = await LendAsync(client);
        var session = lent.ResponseStream.Current.Welcome.Session;
        await lent.RequestStream.WriteAsync(new Ask { Wish = new Wish { Kind = Kind.Query, Wanted = 10 } });
        Assert.True(await lent.ResponseStream.MoveNext());
        // Long enough to come to the device on any machine.
        Assert.Equal(StatusCode.DeadlineExceeded, await StatusOfAsync(client, Request(session, query: true), DateTime.UtcNow + TimeSpan.FromSeconds(5)));

        await UntilAsync(() => node.Lender.Ledger(Kind.Ingest).InWork == 3);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await UntilAsync(() => node.Lender.Ledger(Kind.Ingest).InWork == 1 && node.Lender.Ledger(Kind.Query).InWork == 0);
        gate.Open();
        await held.WaitAsync(TestProbe.Patience);
        await UntilAsync(() => node.Device.Status is { Ingest.AbandonedDocuments: 1, Query.AbandonedDocuments: 1 });
    }

    [Fact]
    public async Task What_a_node_had_that_dies_is_done_elsewhere()
    {
        var gate = new Gate();
        await using var survivor = await LendingNode.StartAsync(Small);
        var dying = await LendingNode.StartAsync(Small);
        dying.Model.OnEncode = _ => gate.Pass();
        await borrower.BorrowAsync(dying);
        await borrower.BorrowAsync(survivor);
        var encodings = borrower.Ingest(40, 10);
        await gate.Entered;
        var death = dying.DisposeAsync();
        gate.Open();
        await death;
        var embeddings = await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
        Assert.All(embeddings, static embedding => Assert.Equal(10, embedding.DocumentVector.Span[0]));
        // The work may have been given back before the connection broke off.
        await UntilAsync(() => borrower.Pool.Status[0] is { State: PooledDeviceState.Away, IngestRoom: 0 });
    }

    [Fact]
    public async Task A_node_lends_only_to_those_who_know_the_secret_and_have_its_model()
    {
        await using var secretive = await LendingNode.StartAsync(Small, secret: "open sesame");
        await borrower.BorrowAsync(secretive, "open sesame");
        var embedding = await borrower.EncodeAsync(FakeModel.Document(4)).WaitAsync(TestProbe.Patience);
        Assert.Equal(4f, embedding.DocumentVector.Span[0]);

        foreach (var shown in new[] { "", "open", "Open sesame", "open sesame " })
        {
            using var channel = GrpcChannel.ForAddress(secretive.Address);
            var client = new Devices.DevicesClient(channel);
            var headers = shown.Length == 0 ? new Metadata() : new Metadata { { "authorization", "Bearer " + shown } };
            Assert.Equal(StatusCode.Unauthenticated, await StatusOfAsync(client, Request(1), headers: headers));
        }

        using var open = GrpcChannel.ForAddress(node.Address);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => LendAsync(new Devices.DevicesClient(open), "another"));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    private static EncodeRequest Request(ulong session, bool query = false, int length = 10)
    {
        using var document = FakeModel.Document(length);
        return WireDocument.Write(document, query, session);
    }

    private static async Task<AsyncDuplexStreamingCall<Ask, Lent>> LendAsync(Devices.DevicesClient client, string fingerprint = "fake-1")
    {
        var lent = client.Lend();
        await lent.RequestStream.WriteAsync(new Ask { Hello = new Hello { Node = "raw", Fingerprint = fingerprint, Dimension = 2 } });
        Assert.True(await lent.ResponseStream.MoveNext());
        return lent;
    }

    private static async Task<StatusCode> StatusOfAsync(Devices.DevicesClient client, EncodeRequest request, DateTime? deadline = null, Metadata? headers = null)
    {
        using var call = client.Encode(request, headers, deadline);
        try
        {
            while (await call.ResponseStream.MoveNext())
            {
            }

            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TestProbe.Patience);
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private IAsyncEnumerable<GeneratedToken> Generate(int tokens)
        => borrower.Pool.GenerateAsync(FakeModel.Prompt(), new SamplingOptions { MaxTokens = tokens }, CancellationToken.None);
}
