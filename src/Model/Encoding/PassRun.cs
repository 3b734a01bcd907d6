using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>A batch as independent passes over some of its windows each, so that it can be left after any of them.</summary>
/// <param name="passes">Each window of the batch in one of them.</param>
/// <param name="encode">A pass: for each of its windows a row.</param>
/// <param name="assemble">All windows' rows to the batch's embeddings.</param>
internal sealed class PassRun(
    PassWorkers workers,
    IReadOnlyList<List<PreparedWindow>> passes,
    Func<List<PreparedWindow>, CancellationToken, float[][]> encode,
    Func<Dictionary<PreparedWindow, float[]>, IReadOnlyList<SequenceEmbedding>> assemble) : IEncodeRun
{
    private readonly Dictionary<PreparedWindow, float[]> vectors = [];
    private List<int> left = [.. Enumerable.Range(0, passes.Count)];

    public IReadOnlyList<SequenceEmbedding> Embeddings => left.Count == 0
        ? field ??= assemble(vectors)
        : throw new InvalidOperationException($"{left.Count} passes are left.");

    public bool Step(Func<bool> leave, CancellationToken cancellationToken)
    {
        var rows = new float[left.Count][][];
        workers.Run(left.Count, i =>
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The first pass of each thread is run in any case: a batch must come to its end, whatever else there is to do.
            if (i < workers.Threads || !leave())
                rows[i] = encode(passes[left[i]], cancellationToken);
        });
        var remaining = new List<int>();
        for (var i = 0; i < left.Count; i++)
        {
            if (rows[i] is null)
            {
                remaining.Add(left[i]);
                continue;
            }

            for (var w = 0; w < rows[i].Length; w++)
                vectors.Add(passes[left[i]][w], rows[i][w]);
        }

        left = remaining;
        return left.Count == 0;
    }
}
