using System.Globalization;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Encoding;

public sealed class PassWorkersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 100)]
    [InlineData(4, 0)]
    public void Every_pass_runs_once_run_after_run(int threads, int passes)
    {
        using var workers = new PassWorkers(threads);
        var ran = new int[passes];
        const int Runs = 50;
        for (var run = 0; run < Runs; run++)
            workers.Run(passes, i => Interlocked.Increment(ref ran[i]));
        for (var run = 0; run < Runs; run++)
            workers.RunBehind(passes, i => Interlocked.Increment(ref ran[i]));
        Assert.All(ran, static count => Assert.Equal(2 * Runs, count));
    }

    [Fact]
    public void Passes_run_side_by_side_with_one_kernel_thread_each_and_the_callers_setting_comes_back()
    {
        using var workers = new PassWorkers(2);
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        try
        {
            var kernelThreads = new int[2];

            // Neither gets past the barrier without the other.
            using var together = new Barrier(2);
            workers.Run(2, i =>
            {
                Assert.True(together.SignalAndWait(Patience), "The passes ran one after the other.");
                kernelThreads[i] = torch.get_num_threads();
            });
            Assert.Equal([1, 1], kernelThreads);
            Assert.Equal(2, torch.get_num_threads());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void A_single_pass_runs_on_the_callers_thread_with_its_own_setting()
    {
        using var workers = new PassWorkers(2);
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        try
        {
            var (thread, kernelThreads) = (0, 0);
            workers.Run(1, _ => (thread, kernelThreads) = (Environment.CurrentManagedThreadId, torch.get_num_threads()));
            Assert.Equal((Environment.CurrentManagedThreadId, 2), (thread, kernelThreads));
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    public void Work_for_which_nobody_waits_is_all_done_at_a_lowered_priority(int passes, int kernelThreads)
    {
        using var workers = new PassWorkers(2);
        var before = torch.get_num_threads();
        torch.set_num_threads(3);
        try
        {
            var seen = new (int Niceness, int KernelThreads)[passes];
            using var together = new Barrier(passes);
            workers.RunBehind(passes, i =>
            {
                Assert.True(together.SignalAndWait(Patience), "The passes ran one after the other.");
                seen[i] = (Niceness(), torch.get_num_threads());
            });
            // No lower than there is.
            Assert.All(seen, pass => Assert.Equal((Math.Min(Niceness() + 10, 19), kernelThreads), pass));

            // What someone waits for comes on the caller's thread afterwards, and on helpers with one thread again.
            var after = new int[2];
            workers.Run(2, i => after[i] = torch.get_num_threads());
            Assert.Equal([1, 1], after);
            Assert.Equal(3, torch.get_num_threads());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void Passes_that_are_alone_at_a_lowered_priority_all_run_on_one_thread()
    {
        // Each thread that ever runs a kernel on several threads keeps as many of its own.
        using var workers = new PassWorkers(3);
        var threads = new HashSet<int>();
        for (var i = 0; i < 20; i++)
        {
            workers.RunBehind(1, _ => threads.Add(Environment.CurrentManagedThreadId));
            workers.RunBehind(5, static _ => { });
        }

        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
        Assert.Single(threads);
    }

    [Fact]
    public void What_someone_waits_for_is_not_at_a_lowered_priority_on_any_thread()
    {
        using var workers = new PassWorkers(2);
        workers.RunBehind(2, static _ => { });
        var seen = new int[2];
        using var together = new Barrier(2);
        workers.Run(2, i =>
        {
            Assert.True(together.SignalAndWait(Patience), "The passes ran one after the other.");
            seen[i] = Niceness();
        });
        Assert.Equal([Niceness(), Niceness()], seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failure_reaches_the_caller_and_the_next_run_is_as_if_nothing_had_been(int threads)
    {
        using var workers = new PassWorkers(threads);
        for (var run = 0; run < 20; run++)
        {
            var failing = run % 4;
            var error = Assert.Throws<InvalidDataException>(() => workers.Run(4, i =>
            {
                if (i == failing)
                    throw new InvalidDataException($"pass {i}");
            }));
            Assert.Equal($"pass {failing}", error.Message);
        }

        var ran = 0;
        workers.Run(10, _ => Interlocked.Increment(ref ran));
        Assert.Equal(10, ran);
    }

    [Fact]
    public void A_failure_waits_for_the_passes_under_way()
    {
        using var workers = new PassWorkers(2);
        using var together = new Barrier(2);
        using var failing = new ManualResetEventSlim();
        var ended = false;
        Assert.Throws<InvalidDataException>(() => workers.Run(2, i =>
        {
            Assert.True(together.SignalAndWait(Patience), "The passes ran one after the other.");
            if (i == 0)
            {
                failing.Set();
                throw new InvalidDataException();
            }

            Assert.True(failing.Wait(Patience));
            Thread.SpinWait(100_000);
            Volatile.Write(ref ended, true);
        }));
        Assert.True(Volatile.Read(ref ended));
    }

    [Fact]
    public void Cancelling_ends_a_run_as_cancelled()
    {
        using var workers = new PassWorkers(2);
        using var cancellation = new CancellationTokenSource();
        var begun = 0;
        var error = Assert.ThrowsAny<OperationCanceledException>(() => workers.Run(1000, _ =>
        {
            cancellation.Token.ThrowIfCancellationRequested();
            Interlocked.Increment(ref begun);
            cancellation.Cancel();
        }));
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.InRange(begun, 1, 2);
    }

    [Fact]
    public void A_disposed_pool_refuses_work()
    {
        var workers = new PassWorkers(2);
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.Run(2, static _ => { }));
    }

    /// <summary>Of the calling thread: the 19th field of its stat, counted from behind the name in brackets, where the third stands.</summary>
    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
