using System.Runtime.ExceptionServices;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>A batch as independent passes over some of its windows each, which can be left after any step of any of them.</summary>
/// <param name="passes">Each window of the batch in one of them.</param>
/// <param name="encode">A pass in steps: null after each but the last, then a row for each of its windows.</param>
/// <param name="assemble">All windows' rows to the batch's embeddings.</param>
internal sealed class PassRun(
    PassWorkers workers,
    IReadOnlyList<List<PreparedWindow>> passes,
    Func<List<PreparedWindow>, IEnumerable<float[][]?>> encode,
    Func<Dictionary<PreparedWindow, float[]>, IReadOnlyList<SequenceEmbedding>> assemble) : IEncodeRun
{
    private readonly PassWorkers workers = workers;
    private readonly Dictionary<PreparedWindow, float[]> vectors = [];
    private readonly IEnumerator<float[][]?>?[] begun = new IEnumerator<float[][]?>?[passes.Count];
    private readonly float[][]?[] rows = new float[passes.Count][][];
    private List<int> left = [.. Enumerable.Range(0, passes.Count)];
    private ExceptionDispatchInfo? failedAhead;

    public IReadOnlyList<SequenceEmbedding> Embeddings => left.Count == 0
        ? field ??= assemble(vectors)
        : throw new InvalidOperationException($"{left.Count} passes are left.");

    public bool Step(Func<bool>? leave, IEncodeRun? ahead, CancellationToken cancellationToken)
    {
        failedAhead?.Throw();
        Action<int, Action<int>> run = leave is null ? workers.Run : workers.RunBehind;
        leave ??= static () => false;
        var (mine, next) = (left.Count, (ahead as PassRun) is { } other && ReferenceEquals(other.workers, workers) ? other : null);
        bool LeaveNext() => Volatile.Read(ref mine) == 0 || leave();

        // The passes that have begun stand first, one for each thread: a step of theirs is done in any case, so that a batch comes to its end
        // whatever else there is to do.
        try
        {
            run(mine + (next?.left.Count ?? 0), i =>
            {
                if (i >= left.Count)
                    next!.TryRun(next.left[i - left.Count], LeaveNext, cancellationToken);
                else if ((i < workers.Threads || !leave()) && Run(left[i], leave, cancellationToken))
                    Interlocked.Decrement(ref mine);
            });
        }
        finally
        {
            next?.Gather();
            Gather();
        }

        return left.Count == 0;
    }

    public void Dispose()
    {
        foreach (var steps in begun)
            steps?.Dispose();
    }

    /// <summary>As part of another's step.</summary>
    private void TryRun(int pass, Func<bool> leave, CancellationToken cancellationToken)
    {
        try
        {
            if (failedAhead is null && !leave())
                Run(pass, leave, cancellationToken);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref failedAhead, ExceptionDispatchInfo.Capture(failure), null);
        }
    }

    /// <returns>Whether the pass is done; false where it was left.</returns>
    private bool Run(int pass, Func<bool> leave, CancellationToken cancellationToken)
    {
        var steps = begun[pass] ??= encode(passes[pass]).GetEnumerator();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!steps.MoveNext())
                throw new InvalidOperationException("A pass of this batch has failed already, and can't go on. Begin the batch anew.");
            if (steps.Current is { } done)
            {
                steps.Dispose();
                begun[pass] = null;
                rows[pass] = done;
                return true;
            }
        }
        while (!leave());
        return false;
    }

    private void Gather()
    {
        foreach (var pass in left)
        {
            for (var w = 0; w < (rows[pass]?.Length ?? 0); w++)
                vectors.Add(passes[pass][w], rows[pass]![w]);
        }

        left = [.. left.Where(pass => rows[pass] is null).OrderBy(pass => begun[pass] is null)];
    }
}
