using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>Everything at once on a real clock: nothing may be lost, mixed up, left waiting or left charged.</summary>
public sealed class DeviceStormTests
{
    [Fact]
    public async Task Callers_that_come_leave_and_fail_at_random_leave_nothing_behind()
    {
        await using var system = new ActorSystem("storm");
        var model = new FakeModel();
        var losses = 0;
        model.OnEncode = batch =>
        {
            if (batch.Any(d => d.LongestWindow % 50 == 13))
                throw new InvalidDataException("bad");
            if (batch.Count > 2 && Random.Shared.Next(200) == 0 && Interlocked.Increment(ref losses) <= 5)
                throw new DeviceLostException("gone");
        };
        var device = DeviceClient.Start(system, "cpu", model.Load, new DeviceOptions
        {
            MaxBatchTokens = 1000,
            IngestBudgetTokens = 3000,
            QueryBudgetTokens = 500,
            MailboxCapacity = 16,
            MaxGenerations = 3,
            GenerationBuffer = 2,
            MaxLinger = TimeSpan.FromMilliseconds(1),
            Supervision = new() { MaxRestarts = 100, MinBackoff = TimeSpan.FromMilliseconds(1), MaxBackoff = TimeSpan.FromMilliseconds(2) },
        });

        var outcomes = new int[5];
        await Task.WhenAll(Enumerable.Range(0, 24).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 150; i++)
                Interlocked.Increment(ref outcomes[(int)await CallAsync(device, random)]);
        }))).WaitAsync(TimeSpan.FromMinutes(2));

        // Once at least: the device is back then, if it was lost with documents that nobody waited for any more.
        do
            await device.EncodeAsync(FakeModel.Document(1), EncodePriority.Ingest, default).WaitAsync(TestProbe.Patience);
        while (device.Status is var now && now.Generations + now.Query.QueuedTokens + now.Ingest.QueuedTokens > 0);
        Assert.Equal(24 * 150, outcomes.Sum());
        Assert.All(outcomes, count => Assert.True(count > 0, string.Join(", ", outcomes)));
        Assert.Equal(Math.Min(losses, 5), device.Status.Restarts);
        await device.StopAsync().WaitAsync(TestProbe.Patience);
        Assert.Single(model.Threads);
    }

    private enum Outcome
    {
        Encoded,
        Generated,
        Left,
        Refused,
        Failed,
    }

    private static async Task<Outcome> CallAsync(DeviceClient device, Random random)
    {
        using var cancellation = new CancellationTokenSource();
        try
        {
            if (random.Next(4) == 0)
            {
                var read = 0;
                await foreach (var token in device.GenerateAsync(FakeModel.Prompt(), new SamplingOptions { MaxTokens = 20 }, cancellation.Token))
                {
                    Assert.Equal(read++, token.Id);
                    if (random.Next(30) == 0)
                        return Outcome.Left;
                    if (random.Next(30) == 0)
                        await cancellation.CancelAsync();
                }

                Assert.Equal(20, read);
                return Outcome.Generated;
            }

            var length = random.Next(1, 300);
            var encoding = device.EncodeAsync(FakeModel.Document(length), random.Next(3) == 0 ? EncodePriority.Query : EncodePriority.Ingest, cancellation.Token);
            if (random.Next(5) == 0)
                await cancellation.CancelAsync();
            var embedding = await encoding;
            Assert.Equal(length, embedding.DocumentVector.Span[0]);
            return Outcome.Encoded;
        }
        catch (OperationCanceledException)
        {
            return Outcome.Left;
        }
        catch (DeviceBusyException)
        {
            return Outcome.Refused;
        }
        catch (Exception failure) when (failure is DeviceFailedException or DeviceLostException)
        {
            return Outcome.Failed;
        }
    }
}
