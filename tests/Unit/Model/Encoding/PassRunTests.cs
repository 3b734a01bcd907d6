using UnifiedVlm.Documents;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Model.Encoding;

public sealed class PassRunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PassWorkers workers = new(2);

    public void Dispose() => workers.Dispose();

    [Fact]
    public void A_thread_that_finds_nothing_more_goes_on_with_the_next_batch_until_this_one_is_done()
    {
        // So many that they take minutes: on a busy machine the other thread goes on for long before this one sees that it may end.
        const int StepsOfNext = 1_000_000_000;
        using var nextSteps = new SemaphoreSlim(0);
        var steps = 0;
        using var next = Run(2, (_, _) =>
        {
            Interlocked.Increment(ref steps);
            nextSteps.Release();
            return true;
        }, stepsPerPass: StepsOfNext);

        // This one ends only when the next has taken three steps.
        using var run = Run(1, (_, _) => nextSteps.Wait(Patience) && nextSteps.Wait(Patience) && nextSteps.Wait(Patience), stepsPerPass: 1);
        Assert.True(run.Step(static () => false, next, CancellationToken.None));
        Assert.Single(run.Embeddings);
        var taken = Volatile.Read(ref steps);
        Assert.InRange(taken, 3, StepsOfNext - 1);
        Assert.Throws<InvalidOperationException>(() => next.Embeddings);

        // It goes on where it was left.
        Assert.False(next.Step(static () => true, ahead: null, CancellationToken.None));
        Assert.InRange(steps, taken + 1, taken + 2);
    }

    [Fact]
    public void What_is_done_ahead_is_not_done_again()
    {
        var steps = new int[4];
        using var next = Run(4, (pass, _) => Interlocked.Increment(ref steps[pass]) > 0, stepsPerPass: 5);
        using var run = Run(3, static (_, _) => true, stepsPerPass: 2);
        Assert.True(run.Step(static () => false, next, CancellationToken.None));
        Assert.True(next.Step(static () => false, ahead: null, CancellationToken.None));
        Assert.Equal([5, 5, 5, 5], steps);
        Assert.Equal([0f, 1, 2, 3], next.Embeddings.Select(static e => e.DocumentVector.Span[0]));
    }

    [Fact]
    public void A_failure_ahead_is_the_next_batchs_own()
    {
        using var failed = new ManualResetEventSlim();
        using var next = Run(1, (_, _) =>
        {
            failed.Set();
            throw new InvalidDataException("next");
        }, stepsPerPass: 1);
        using var run = Run(1, (_, _) => failed.Wait(Patience), stepsPerPass: 1);
        Assert.True(run.Step(static () => false, next, CancellationToken.None));
        Assert.Single(run.Embeddings);
        Assert.Equal("next", Assert.Throws<InvalidDataException>(() => next.Step(static () => false, ahead: null, CancellationToken.None)).Message);
    }

    [Fact]
    public void A_run_that_has_failed_does_not_go_on()
    {
        using var run = Run(1, static (_, step) => step == 0 ? true : throw new InvalidDataException("second step"), stepsPerPass: 3);
        Assert.False(run.Step(static () => true, ahead: null, CancellationToken.None));
        Assert.Throws<InvalidDataException>(() => run.Step(static () => true, ahead: null, CancellationToken.None));
        Assert.Throws<InvalidOperationException>(() => run.Step(static () => true, ahead: null, CancellationToken.None));
    }

    /// <summary>A run whose passes have a window each and whose steps do as told; the vector of a window is its number.</summary>
    private PassRun Run(int passes, Func<int, int, bool> step, int stepsPerPass)
    {
        var windows = Enumerable.Range(0, passes).Select(static i => new PreparedWindow([i], [], null, 0, 0)).ToList();
        return new PassRun(workers, [.. windows.Select(static w => new List<PreparedWindow> { w })], Steps, vectors => [.. windows.Select(w => new SequenceEmbedding(1, [], default, vectors[w]))]);

        IEnumerable<float[][]?> Steps(List<PreparedWindow> pass)
        {
            var number = pass[0].TokenIds[0];
            for (var i = 0; i < stepsPerPass; i++)
            {
                Assert.True(step(number, i));
                yield return i < stepsPerPass - 1 ? null : [[number]];
            }
        }
    }
}
