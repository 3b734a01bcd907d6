using UnifiedVlm.Torch;
using UnifiedVlm.Training.Layout;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>The chunks of a loss over tokens: each forward and backward at once.</summary>
internal sealed class TokenWork
{
    private readonly List<Chunk> chunks;
    private readonly string name;
    private readonly Func<Chunk, Tensor> lossOf;
    private readonly double[] sums;
    private readonly double total;
    private readonly double factor;
    private bool isTrained;

    /// <param name="name">The loss's in the recipe.</param>
    /// <param name="lossOf">The sum of a chunk's -log p, each times its sequence's token weight; a single number.</param>
    /// <param name="weight">Of the batch's mean. It is divided by the weights of the whole batch here, so that the division into chunks changes nothing.</param>
    public TokenWork(string name, IReadOnlyList<TrainingSequence> sequences, Func<Chunk, Tensor> lossOf, double weight, int chunkTokens, int threads)
    {
        this.name = name;
        this.lossOf = lossOf;
        var learning = sequences.Where(static s => s.Places.Length > 0).ToList();
        total = learning.Sum(static s => s.Places.Length * s.TokenWeight);
        chunks = learning.Count == 0 ? [] : Chunk.Divide(learning, chunkTokens, threads);
        sums = new double[chunks.Count];
        factor = learning.Count == 0 ? 0 : weight / total;
    }

    /// <summary>The mean -log p of a token by the tokens' weights, over the batch; null without any token. After the actions have run.</summary>
    public double? Mean => chunks.Count == 0 ? null : sums.Sum() / total;

    public IEnumerable<Action> Actions() => Enumerable.Range(0, chunks.Count).Select(c => (Action)(() =>
    {
        using var mode = enable_grad();
        using var scope = NewDisposeScope();
        var loss = lossOf(chunks[c]);
        sums[c] = loss.ToDouble();
        if (!loss.requires_grad)
            return;
        Volatile.Write(ref isTrained, true);
        (loss * factor).backward();
    }));

    /// <summary>After the actions have run.</summary>
    /// <exception cref="TrainingException">Nothing that is trained takes part.</exception>
    public void CheckTrained()
    {
        if (!isTrained && chunks.Count > 0)
            throw new TrainingException($"Nothing that is trained takes part in losses.{name}. Leave it out (--set losses.{name}=null), or train what it goes through: the network, or LoRA on layers of it.");
    }
}
