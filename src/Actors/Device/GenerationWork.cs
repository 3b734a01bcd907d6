using System.Threading.Channels;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// A continuation asked for: the device thread steps it and writes its tokens, one reader takes them. Only the device thread touches the
/// text, so its part of the KV cache is given back where it was taken.
/// </summary>
internal sealed class GenerationWork(GenerationPrompt prompt, SamplingOptions sampling, int buffer, CancellationToken caller) : DeviceCommand
{
    private readonly Channel<GeneratedToken> tokens = Channel.CreateBounded<GeneratedToken>(
        new BoundedChannelOptions(buffer) { SingleReader = true, SingleWriter = true });

    private volatile bool abandoned;
    private int paused;

    public ChannelReader<GeneratedToken> Tokens => tokens.Reader;

    /// <summary>The reader has gone.</summary>
    public bool IsAbandoned => abandoned || caller.IsCancellationRequested;

    /// <summary>Null while it waits for room in the KV cache.</summary>
    public ITextGeneration? Text { get; private set; }

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

    /// <summary>Takes room for the text. False while others have it.</summary>
    public bool TryBegin(ITextGenerator generator) => (Text ??= generator.TryBegin(prompt, sampling)) is not null;

    /// <summary>
    /// One token further: the prompt has been read, and its pictures go. Only when <see cref="IsRunnable"/>. Where the reader has gone there may be no room, and no need for any.
    /// </summary>
    public void Write(GeneratedToken token)
    {
        prompt.Dispose();
        if (!tokens.Writer.TryWrite(token) && !IsAbandoned)
            throw new InvalidOperationException("A generation was stepped without room for its token.");
    }

    /// <summary>Gives back room and prompt and ends the reader's stream, with an error if there was one.</summary>
    public void End(Exception? failure = null)
    {
        try
        {
            Text?.Dispose();
        }
        finally
        {
            Text = null;
            prompt.Dispose();
            tokens.Writer.TryComplete(failure);
        }
    }
}
