using System.Buffers;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class DeviceGenerationTests : DeviceTestBase
{
    [Fact]
    public async Task Tokens_stream_in_order_and_the_cache_is_freed_at_the_end()
    {
        var device = Start();
        var tokens = new List<int>();
        await foreach (var token in Generate(device, 40))
            tokens.Add(token.Id);
        Assert.Equal(Enumerable.Range(0, 40), tokens);
        await Model.Steps.ExpectAsync([.. Enumerable.Range(0, 40).Select(i => $"step {i}"), "dispose"]);
        await WhenFree(device);
        Assert.Equal(40, device.Status.GeneratedTokens);
    }

    [Fact]
    public async Task A_slow_reader_pauses_its_own_generation_only()
    {
        var device = Start(Options with { GenerationBuffer = 2 });
        await using var slow = Generate(device, 10).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        var others = 0;
        await foreach (var _ in Generate(device, 30))
            others++;
        Assert.Equal(30, others);

        // The first token was read: two more are ahead of the reader, no others were made.
        await Done(Query(device, 5));
        var steps = new List<string>();
        for (var i = 0; i < 3 + 30 + 1; i++)
            steps.Add(await Model.Steps.ReceiveAsync());
        Model.Steps.ExpectNone();
        Assert.Equal(3 + 30, steps.Count(s => s.StartsWith("step", StringComparison.Ordinal)));

        var rest = 1;
        while (await slow.MoveNextAsync())
            rest++;
        Assert.Equal(10, rest);
    }

    [Fact]
    public async Task Leaving_the_stream_frees_the_cache_on_the_device_thread()
    {
        var device = Start(Options with { GenerationBuffer = 1 });
        await foreach (var _ in Generate(device, 1000))
            break;
        while (await Model.Steps.ReceiveAsync() != "dispose")
        {
        }

        await WhenFree(device);
        Assert.Single(Model.Threads);
        Assert.False(Model.Threads.Single().IsThreadPoolThread);
    }

    [Fact]
    public async Task Cancelling_frees_a_paused_generation_at_once()
    {
        var device = Start(Options with { GenerationBuffer = 1 });
        using var cancellation = new CancellationTokenSource();
        await using var stream = Generate(device, 1000, cancellation.Token).GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        await Model.Steps.ExpectAsync("step 0", "step 1");
        await cancellation.CancelAsync();
        await Model.Steps.ExpectAsync("dispose");
        await WhenFree(device);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await stream.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task Beyond_the_limit_a_generation_is_refused_and_its_prompt_freed()
    {
        var device = Start(Options with { MaxGenerations = 1, GenerationBuffer = 1 });
        await using (var first = Generate(device, 10).GetAsyncEnumerator())
        {
            Assert.True(await first.MoveNextAsync());
            var pixels = ArrayPool<float>.Shared.Rent(4);
            var refused = new GenerationPrompt(new([1], [], pixels, pixels.Length, 1));
            await Assert.ThrowsAsync<DeviceBusyException>(async () =>
                await device.GenerateAsync(refused, SamplingOptions.Greedy, default).GetAsyncEnumerator().MoveNextAsync());
            Assert.Throws<ObjectDisposedException>(() => refused.Window.Pixels.Length);
            Assert.Equal(1, device.Status.Generations);
        }

        await WhenFree(device);
        Assert.True(await Generate(device, 1).GetAsyncEnumerator().MoveNextAsync());
    }

    [Fact]
    public async Task A_stream_can_be_read_once()
    {
        var device = Start();
        var stream = Generate(device, 1);
        Assert.True(await stream.GetAsyncEnumerator().MoveNextAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.GetAsyncEnumerator().MoveNextAsync());
    }

    [Fact]
    public async Task Batches_and_token_steps_take_turns()
    {
        var device = Start(Options with { MaxBatchDocuments = 1, TokenStepsPerIngestBatch = 2, GenerationBuffer = 100 });
        var order = new List<string>();
        Model.OnStep = _ => order.Add("t");
        Model.OnEncode = batch => order.Add(batch[0].LongestWindow == 10 ? "i" : "q");
        var (gate, held) = await HoldAsync(device);
        var tasks = new Task[] { Ingest(device, 10), Ingest(device, 10), Ingest(device, 10), Query(device, 20), Query(device, 20) };
        await using var stream = Generate(device, 7).GetAsyncEnumerator();
        var first = stream.MoveNextAsync().AsTask();
        gate.Open();
        await Done([held, first, .. tasks]);
        while (await stream.MoveNextAsync())
        {
        }

        // After the held batch of ingestion one token round; queries wait, so the second round is left out.
        Assert.Equal("tqtqtittitti", string.Concat(order));
    }

    [Fact]
    public async Task A_failing_generation_fails_alone()
    {
        var device = Start();
        Model.OnStep = i =>
        {
            if (i == 2)
                throw new InvalidDataException("bad");
        };
        var tokens = 0;
        await Assert.ThrowsAsync<DeviceFailedException>(async () =>
        {
            await foreach (var _ in Generate(device, 5))
                tokens++;
        });
        Assert.Equal(2, tokens);
        await Model.Steps.ExpectAsync("step 0", "step 1", "step 2", "dispose");
        await WhenFree(device);
        await Done(Ingest(device, 3));
        Assert.Equal(0, device.Status.Restarts);
    }

    [Fact]
    public async Task A_lost_device_ends_its_generations_with_the_reason_and_comes_back()
    {
        var device = Start();
        var lost = false;
        Model.OnStep = i =>
        {
            if (i == 2 && !lost)
            {
                lost = true;
                throw new DeviceLostException("gone");
            }
        };
        await Assert.ThrowsAsync<DeviceLostException>(async () =>
        {
            await foreach (var _ in Generate(device, 5))
            {
            }
        });
        var tokens = 0;
        await foreach (var _ in Generate(device, 5))
            tokens++;
        Assert.Equal(5, tokens);
        Assert.Equal(1, device.Status.Restarts);
    }

    [Fact]
    public async Task Generations_that_run_together_take_their_steps_in_one_pass()
    {
        var device = Start(Options with { GenerationBuffer = 100 });
        var (gate, held) = await HoldAsync(device);
        var streams = Enumerable.Range(0, 3).Select(_ => Generate(device, 5).GetAsyncEnumerator()).ToList();
        var firsts = streams.ConvertAll(static stream => stream.MoveNextAsync().AsTask());
        gate.Open();
        await Done([held, .. firsts]);
        foreach (var stream in streams)
        {
            while (await stream.MoveNextAsync())
            {
            }
        }

        for (var i = 0; i < 5; i++)
            await Model.Passes.ExpectAsync(3);
        Model.Passes.ExpectNone();
    }

    [Fact]
    public async Task Generations_without_room_wait_their_turn_and_take_it_in_the_order_in_which_they_came()
    {
        Model.Room = 1;
        var device = Start(Options with { GenerationBuffer = 100 });
        var (gate, held) = await HoldAsync(device);
        async Task Read(int tokens)
        {
            await foreach (var _ in Generate(device, tokens))
            {
            }
        }

        // Told apart by their lengths.
        var tasks = Enumerable.Range(1, 4).Select(Read).ToArray();
        gate.Open();
        await Done([held, .. tasks]);
        for (var tokens = 1; tokens <= 4; tokens++)
            await Model.Steps.ExpectAsync([.. Enumerable.Range(0, tokens).Select(static i => $"step {i}"), "dispose"]);
    }

    [Fact]
    public async Task A_generation_whose_reader_pauses_does_not_keep_an_idle_device_busy()
    {
        Model.Room = 1;
        var device = Start(Options with { GenerationBuffer = 1 });
        await using var paused = Generate(device, 10).GetAsyncEnumerator();
        Assert.True(await paused.MoveNextAsync());
        await using var waiting = Generate(device, 1).GetAsyncEnumerator();
        var first = waiting.MoveNextAsync().AsTask();
        await Model.Steps.ExpectAsync("step 0", "step 1");
        await Done(Query(device, 5));
        await Model.Passes.ExpectAsync(1, 1);
        Model.Passes.ExpectNone();
        Assert.False(first.IsCompleted);
        await paused.DisposeAsync();
        Assert.True(await first.WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task Stopping_ends_the_streams()
    {
        var device = Start(Options with { GenerationBuffer = 1 });
        await using var stream = Generate(device, 1000).GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        await device.StopAsync().WaitAsync(TestProbe.Patience);
        await Assert.ThrowsAsync<UnifiedVlm.Actors.Kernel.ActorStoppedException>(async () =>
        {
            while (await stream.MoveNextAsync())
            {
            }
        });
        Assert.Equal(0, device.Status.Generations);
    }

    /// <summary>The device has ended what ended: one more command has passed through it, and no generation is left.</summary>
    private static async Task WhenFree(DeviceClient device)
    {
        while (device.Status.Generations > 0)
            await Done(Query(device, 5));
    }
}
