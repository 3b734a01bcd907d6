using UnifiedVlm.Torch;
using UnifiedVlm.Training.Layout;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// The chunks of a loss between samples: all of them forward, the loss on their vectors without graphs, then all of them backward with their
/// share of its derivative (GradCache, arXiv 2101.06983).
/// </summary>
internal sealed class VectorWork : IDisposable
{
    private readonly List<Chunk> chunks;
    private readonly Tensor?[] vectors;
    private readonly Tensor?[] tokenLosses;
    private readonly double[] sums;
    private readonly Func<Chunk, bool, (Tensor Vectors, Tensor? TokenLoss)> forward;
    private readonly int tokenCount;
    private readonly double tokenFactor;
    private readonly long[] firstRows;
    private readonly int[] rowCounts;
    private readonly bool recompute;
    private bool isTrained;

    /// <param name="forward">
    /// The vectors of a chunk's sequences, one after another, [r,D], and if told so the sum of -log p of the tokens that they are to predict,
    /// which goes backward together with them.
    /// </param>
    /// <param name="rowCounts">Vectors of each sequence.</param>
    /// <param name="recompute">Go forward a second time instead of keeping the graphs.</param>
    /// <param name="tokenWeight">Of the mean of -log p.</param>
    public VectorWork(
        IReadOnlyList<TrainingSequence> sequences, Func<Chunk, bool, (Tensor Vectors, Tensor? TokenLoss)> forward, int[] rowCounts, int chunkTokens, int threads, bool recompute, double tokenWeight = 0)
    {
        chunks = Chunk.Divide(sequences, chunkTokens, threads);
        vectors = new Tensor?[chunks.Count];
        tokenLosses = new Tensor?[chunks.Count];
        sums = new double[chunks.Count];
        tokenCount = sequences.Sum(static s => s.Places.Length);
        tokenFactor = tokenCount == 0 ? 0 : tokenWeight / tokenCount;
        this.forward = forward;
        this.rowCounts = rowCounts;
        this.recompute = recompute;
        firstRows = new long[rowCounts.Length];
        for (var s = 1; s < firstRows.Length; s++)
            firstRows[s] = firstRows[s - 1] + rowCounts[s - 1];
    }

    /// <summary>-log p of a token, over the batch; null without any token. After everything has gone backward.</summary>
    public double? TokenMean => tokenCount == 0 ? null : sums.Sum() / tokenCount;

    /// <summary>After everything has gone backward.</summary>
    /// <exception cref="TrainingException">Nothing that is trained takes part.</exception>
    public void CheckTrained()
    {
        if (!isTrained)
            throw new TrainingException("Nothing that is trained takes part in the vectors of losses.pairs, parts or sequences. Train the network, the head or the soft prompts (train.network, train.head, train.soft_prompts).");
    }

    public IEnumerable<Action> Forward() => Enumerable.Range(0, chunks.Count).Select(c => (Action)(() =>
    {
        using var mode = enable_grad(!recompute);
        using var scope = NewDisposeScope();
        var made = forward(chunks[c], !recompute);
        vectors[c] = made.Vectors.DetachFromDisposeScope();
        tokenLosses[c] = made.TokenLoss?.DetachFromDisposeScope();
    }));

    /// <summary>The vectors of all sequences in the order of the batch, without graphs, [R,D].</summary>
    public Tensor Gather()
    {
        var order = new long[rowCounts.Sum()];
        var at = 0;
        foreach (var row in chunks.SelectMany(Rows))
            order[row] = at++;
        return cat([.. vectors.Select(static v => v!.detach())]).index_select(0, tensor(order, device: vectors[0]!.device));
    }

    /// <param name="gradient">[R,D]; must live until the last action has run.</param>
    public IEnumerable<Action> Backward(Tensor gradient) => Enumerable.Range(0, chunks.Count).Select(c => (Action)(() =>
    {
        using var mode = enable_grad();
        using var scope = NewDisposeScope();
        var own = gradient.index_select(0, tensor(Rows(chunks[c]).ToArray(), device: gradient.device));
        var (made, tokenLoss) = recompute ? forward(chunks[c], true) : (vectors[c]!, tokenLosses[c]);
        if (tokenLoss is not null)
            sums[c] = tokenLoss.ToDouble();
        // Another chunk may hold what is trained: one has all texts, and pictures alone have a soft prompt.
        if (made.requires_grad)
        {
            Volatile.Write(ref isTrained, true);
            if (tokenLoss is null)
                made.backward(own);
            else
                // The derivative of sum(v * g) by v is g: one way back for both.
                ((made * own).sum() + tokenLoss * tokenFactor).backward();
        }

        // With the last handle the graph goes: here, and not when all chunks are through.
        vectors[c]!.Dispose();
        tokenLosses[c]?.Dispose();
    }));

    public void Dispose()
    {
        foreach (var tensor in vectors.Concat(tokenLosses))
            tensor?.Dispose();
    }

    private IEnumerable<long> Rows(Chunk chunk) => chunk.Rows.SelectMany(s => Enumerable.Range(0, rowCounts[s]).Select(i => firstRows[s] + i));
}
