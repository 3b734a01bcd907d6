using UnifiedVlm.Actors.Device;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class BatchPlannerTests
{
    private static readonly DeviceOptions Options = new() { MaxBatchTokens = 512, MaxBatchDocuments = 8, BatchOverheadTokens = 32, PaddingCost = 1 };

    [Fact]
    public void The_plan_is_the_best_of_all_runs_that_fit()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var sorted = Works(random, random.Next(1, 40));
            var required = random.Next(3) == 0 ? random.Next(sorted.Count) : -1;
            var (start, count) = BatchPlanner.Plan(sorted, required, Options);

            var best = (from s in Enumerable.Range(0, sorted.Count)
                        from c in Enumerable.Range(1, sorted.Count - s)
                        where Fits(sorted.GetRange(s, c)) && (required < 0 || (s <= required && required < s + c))
                        select Rate(sorted.GetRange(s, c))).Max();
            Assert.True(Fits(sorted.GetRange(start, count)), $"seed {seed}");
            Assert.True(required < 0 || (start <= required && required < start + count), $"seed {seed}");
            Assert.Equal(best, Rate(sorted.GetRange(start, count)), 12);
        }
    }

    [Fact]
    public void Batches_by_length_waste_far_less_than_batches_in_order_of_arrival()
    {
        var random = new Random(1);
        var arrivals = Works(random, 400).OrderBy(_ => random.Next()).ToList();
        var waiting = arrivals.OrderBy(w => w.Length).ToList();
        long planned = 0;
        while (waiting.Count > 0)
        {
            var (start, count) = BatchPlanner.Plan(waiting, -1, Options);
            planned += Padded(waiting.GetRange(start, count));
            waiting.RemoveRange(start, count);
        }

        var naive = arrivals.Chunk(8).Sum(chunk => Padded([.. chunk]));
        var useful = arrivals.Sum(w => w.Tokens);
        Assert.True(useful / (double)planned > 0.9, $"{useful / (double)planned:0.000}");
        Assert.True(useful / (double)naive < 0.7, $"{useful / (double)naive:0.000}");
    }

    [Fact]
    public void Where_padding_costs_nothing_batches_are_full_whatever_their_lengths()
    {
        var packed = Options with { PaddingCost = 0, MaxBatchDocuments = 1000 };
        var waiting = Works(new Random(2), 400);
        while (waiting.Count > 0)
        {
            var (start, count) = BatchPlanner.Plan(waiting, -1, packed);
            var tokens = waiting.GetRange(start, count).Sum(static w => w.Tokens);
            Assert.True(count == 1 || tokens <= packed.MaxBatchTokens);

            // Fuller than any run that goes on where this one ends, or begins before it.
            Assert.True(start == 0 || tokens + waiting[start - 1].Tokens > packed.MaxBatchTokens);
            waiting.RemoveRange(start, count);
        }
    }

    private static List<EncodeWork> Works(Random random, int count)
        => [.. Enumerable.Range(0, count)
            .Select(_ => new EncodeWork(FakeModel.Document(random.Next(1, 300), random.Next(5) == 0 ? 2 : 1), EncodePriority.Ingest, 0, default))
            .OrderBy(w => w.Length)];

    private static long Padded(List<EncodeWork> run) => run.Sum(w => (long)w.Rows) * run.Max(w => w.Length);

    private static double Rate(List<EncodeWork> run) => run.Sum(w => (double)w.Tokens) / (Padded(run) + Options.BatchOverheadTokens);

    private static bool Fits(List<EncodeWork> run)
        => run.Count == 1 || (run.Count <= Options.MaxBatchDocuments && Padded(run) <= Options.MaxBatchTokens);
}
