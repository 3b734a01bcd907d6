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
    private int used;

    /// <summary>The lengths of each batch, in the order given.</summary>
    public TestProbe<int[]> Batches { get; } = new();

    /// <summary>The lengths of the batch that came with each step of another as the next one; empty where none did.</summary>
    public TestProbe<int[]> Ahead { get; } = new();

    /// <summary>What the generator does: "step 0", "dispose".</summary>
    public TestProbe<string> Steps { get; } = new();

    /// <summary>How many generations each pass stepped.</summary>
    public TestProbe<int> Passes { get; } = new();

    /// <summary>Generations that the cache has room for.</summary>
    public int Room { get; set; } = int.MaxValue;

    public CacheUsage Cache => new(used, Room, 0, 0);

    public HashSet<Thread> Threads { get; } = [];

    public string Fingerprint { get; set; } = "fake-1";

    public int Dimension => 2;

    public bool WorksAhead { get; set; } = true;

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

    /// <summary>Steps that a batch takes; each asks whether to leave.</summary>
    public int StepsPerBatch { get; set; } = 1;

    /// <summary>Runs inside each step of a batch with the number of the step; may wait or throw.</summary>
    public Action<int>? OnEncodeStep { get; set; }

    public IEncodeRun Begin(IReadOnlyList<PreparedDocument> batch) => new FakeRun(this, batch);

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        Threads.Add(Thread.CurrentThread);
        Batches.Tell([.. batch.Select(d => d.LongestWindow)]);
        OnEncode?.Invoke(batch);
        return [.. batch.Select(d => new SequenceEmbedding(2, [], default, new float[] { d.TokenCount, 1 }))];
    }

    public ITextGeneration? TryBegin(GenerationPrompt prompt, SamplingOptions sampling)
    {
        Threads.Add(Thread.CurrentThread);
        if (used >= Room)
            return null;
        used++;
        return new FakeText(this, sampling.MaxTokens);
    }

    public IReadOnlyList<TextStep> Step(IReadOnlyList<ITextGeneration> generations, int promptTokens)
    {
        Passes.Tell(generations.Count);
        return [.. generations.Cast<FakeText>().Select(static text => text.Step())];
    }

    public void Dispose() => Disposals++;

    private sealed class FakeText(FakeModel model, int maxTokens) : ITextGeneration
    {
        private int next;

        public bool IsFinished => next == maxTokens;

        public TextStep Step()
        {
            var token = next++;
            try
            {
                model.Threads.Add(Thread.CurrentThread);
                model.Steps.Tell($"step {token}");
                model.OnStep?.Invoke(token);
                return new TextStep(new GeneratedToken(token, $"{token} ", 0));
            }
            catch (Exception failure)
            {
                return new TextStep(null, failure);
            }
        }

        public void Dispose()
        {
            model.used--;
            model.Threads.Add(Thread.CurrentThread);
            model.Steps.Tell("dispose");
        }
    }

    private sealed class FakeRun(FakeModel model, IReadOnlyList<PreparedDocument> batch) : IEncodeRun
    {
        private int done;

        private int[] Lengths => [.. batch.Select(static d => d.LongestWindow)];

        public IReadOnlyList<SequenceEmbedding> Embeddings { get; private set; } = [];

        public bool Step(Func<bool>? leave, IEncodeRun? ahead, CancellationToken cancellationToken)
        {
            model.Ahead.Tell((ahead as FakeRun)?.Lengths ?? []);
            do
            {
                if (done == 0)
                    Embeddings = model.Encode(batch, cancellationToken);
                model.OnEncodeStep?.Invoke(done);
            }
            while (++done < model.StepsPerBatch && leave?.Invoke() != true);
            return done == model.StepsPerBatch;
        }

        public void Dispose()
        {
        }
    }
}
