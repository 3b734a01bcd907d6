using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>An encoder and a generator without weights that record what they are asked, on which thread.</summary>
public sealed class FakeModel : ISequenceEncoder, ITextGenerator, IDisposable
{
    /// <summary>The lengths of each batch, in the order given.</summary>
    public TestProbe<int[]> Batches { get; } = new();

    /// <summary>What the generator does: "step 0", "dispose".</summary>
    public TestProbe<string> Steps { get; } = new();

    public HashSet<Thread> Threads { get; } = [];

    public string Fingerprint { get; set; } = "fake-1";

    public int Dimension => 2;

    public int Disposals { get; private set; }

    /// <summary>Runs inside each batch; may wait or throw.</summary>
    public Action<IReadOnlyList<PreparedDocument>>? OnEncode { get; set; }

    /// <summary>Runs inside each token step with the number of the token.</summary>
    public Action<int>? OnStep { get; set; }

    public static PreparedDocument Document(int length, int windows = 1, float[]? pixels = null)
        => new(
            [.. Enumerable.Range(0, windows).Select(_ => new PreparedWindow(new int[length], [], pixels, pixels?.Length ?? 0, pixels is null ? 0 : 1))],
            []);

    public static GenerationPrompt Prompt() => new(new PreparedWindow([1, 2, 3], [], null, 0, 0));

    public DeviceModel Load() => new(this, this, this);

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        Threads.Add(Thread.CurrentThread);
        Batches.Tell([.. batch.Select(d => d.LongestWindow)]);
        OnEncode?.Invoke(batch);
        return [.. batch.Select(d => new SequenceEmbedding(2, [], default, new float[] { d.TokenCount, 1 }))];
    }

    public IEnumerable<GeneratedToken> Generate(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < sampling.MaxTokens; i++)
            {
                Threads.Add(Thread.CurrentThread);
                Steps.Tell($"step {i}");
                OnStep?.Invoke(i);
                yield return new GeneratedToken(i, $"{i} ", 0);
            }
        }
        finally
        {
            Threads.Add(Thread.CurrentThread);
            Steps.Tell("dispose");
        }
    }

    public void Dispose() => Disposals++;
}
