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
    private readonly Dictionary<PreparedWindow, float[]> vectors = [];
    private readonly IEnumerator<float[][]?>?[] begun = new IEnumerator<float[][]?>?[passes.Count];
    private List<int> left = [.. Enumerable.Range(0, passes.Count)];

    public IReadOnlyList<SequenceEmbedding> Embeddings => left.Count == 0
        ? field ??= assemble(vectors)
        : throw new InvalidOperationException($"{left.Count} passes are left.");

    public bool Step(Func<bool>? leave, CancellationToken cancellationToken)
    {
        var rows = new float[left.Count][][];
        Action<int, Action<int>> run = leave is null ? workers.Run : workers.RunBehind;
        leave ??= static () => false;

        // The passes that have begun stand first, one for each thread: a step of theirs is done in any case, so that a batch comes to its end
        // whatever else there is to do.
        run(left.Count, i =>
        {
            if (i < workers.Threads || !leave())
                rows[i] = Run(left[i], leave, cancellationToken)!;
        });
        for (var i = 0; i < left.Count; i++)
        {
            if (rows[i] is not { } done)
                continue;
            for (var w = 0; w < done.Length; w++)
                vectors.Add(passes[left[i]][w], done[w]);
        }

        left = [.. left.Where((_, i) => rows[i] is null).OrderBy(pass => begun[pass] is null)];
        return left.Count == 0;
    }

    public void Dispose()
    {
        foreach (var steps in begun)
            steps?.Dispose();
    }

    /// <returns>The pass's rows; null where it was left.</returns>
    private float[][]? Run(int pass, Func<bool> leave, CancellationToken cancellationToken)
    {
        var steps = begun[pass] ??= encode(passes[pass]).GetEnumerator();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            steps.MoveNext();
            if (steps.Current is { } rows)
            {
                steps.Dispose();
                begun[pass] = null;
                return rows;
            }
        }
        while (!leave());
        return null;
    }
}
