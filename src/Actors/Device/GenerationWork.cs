using System.Threading.Channels;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// A continuation under way: the device thread steps it and writes its tokens, one reader takes them. Only the device thread touches the
/// enumerator, so the KV cache is freed where it was made.
/// </summary>
internal sealed class GenerationWork(GenerationPrompt prompt, SamplingOptions sampling, int buffer, CancellationToken caller) : DeviceCommand
{
    private readonly Channel<GeneratedToken> tokens = Channel.CreateBounded<GeneratedToken>(
        new BoundedChannelOptions(buffer) { SingleReader = true, SingleWriter = true });

    private IEnumerator<GeneratedToken>? steps;
    private volatile bool abandoned;
    private int paused;

    public ChannelReader<GeneratedToken> Tokens => tokens.Reader;

    /// <summary>The reader has gone.</summary>
    public bool IsAbandoned => abandoned || caller.IsCancellationRequested;

    public bool HasStarted => steps is not null;

    public void Abandon() => abandoned = true;

    /// <summary>
    /// Whether a step can be taken now: its token must have room. If not, the reader's next <see cref="TryResume"/> answers true.
    /// </summary>
    public bool IsRunnable()
    {
        if (IsAbandoned || tokens.Reader.Count < buffer)
            return true;
        Interlocked.Exchange(ref paused, 1);
        if (tokens.Reader.Count >= buffer && !IsAbandoned)
            return false;
        Volatile.Write(ref paused, 0);
        return true;
    }

    /// <summary>Called by the reader after it took a token: true when the device has to be woken for it.</summary>
    public bool TryResume()
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref paused) == 1 && Interlocked.Exchange(ref paused, 0) == 1;
    }

    /// <summary>One token further; the first step also runs the prompt. False at the end.</summary>
    public bool Step(ITextGenerator generator)
    {
        steps ??= generator.Generate(prompt, sampling, caller).GetEnumerator();
        if (!steps.MoveNext())
            return false;
        if (!tokens.Writer.TryWrite(steps.Current))
            throw new InvalidOperationException("A generation was stepped without room for its token.");
        return true;
    }

    /// <summary>Frees the KV cache and the prompt and ends the reader's stream, with an error if there was one.</summary>
    public void End(Exception? failure = null)
    {
        try
        {
            steps?.Dispose();
        }
        finally
        {
            steps = null;
            prompt.Dispose();
            tokens.Writer.TryComplete(failure);
        }
    }
}
