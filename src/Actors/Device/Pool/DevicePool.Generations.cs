using System.Runtime.CompilerServices;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device.Pool;

public sealed partial class DevicePool
{
    /// <inheritdoc/>
    /// <remarks>Begins when it is enumerated, which it can be once. A device that is lost before the first token is replaced by another.</remarks>
    /// <exception cref="DeviceLostException">The device was lost after the first token, or there is none; thrown by the enumeration.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(sampling);
        return StreamAsync(new StrongBox<GenerationPrompt?>(prompt), sampling, cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedToken> StreamAsync(
        StrongBox<GenerationPrompt?> once, SamplingOptions sampling, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prompt = Interlocked.Exchange(ref once.Value, null) ?? throw new InvalidOperationException("A generation can be enumerated once.");
        var (member, tokens, hasToken) = await BeginAsync(prompt, sampling, cancellationToken).ConfigureAwait(false);
        try
        {
            while (hasToken)
            {
                yield return tokens.Current;
                hasToken = await tokens.MoveNextAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await EndAsync(member, tokens).ConfigureAwait(false);
        }
    }

    /// <summary>Goes from device to device until one has a first token, or has found that there is none.</summary>
    private async Task<(PoolMember Member, IAsyncEnumerator<GeneratedToken> Tokens, bool HasToken)> BeginAsync(
        GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        using (prompt)
        {
            var since = time.GetTimestamp();
            while (true)
            {
                var changed = Volatile.Read(ref change).Task;
                var tried = new HashSet<PoolMember>();
                Exception? problem = null;
                while (TakeForGeneration(tried) is { } member)
                {
                    tried.Add(member);
                    var (tokens, hasToken, failure) = await TryAsync(member, prompt.Copy(), sampling, cancellationToken).ConfigureAwait(false);
                    if (tokens is not null)
                        return (member, tokens, hasToken);
                    GiveOn(member, failure!);
                    problem = problem is DeviceBusyException ? problem : failure;
                }

                // The credit of another node comes over the network.
                var patience = options.QueryPatience - time.GetElapsedTime(since);
                if (problem is not DeviceBusyException || patience <= TimeSpan.Zero || !tried.Any(static m => m.Device.IsRemote))
                    throw problem ?? Refusal();
                await Task.WhenAny(changed, Task.Delay(patience, time, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <returns>No tokens where the device is busy or has gone; the failure says which.</returns>
    private async Task<(IAsyncEnumerator<GeneratedToken>? Tokens, bool HasToken, Exception? Failure)> TryAsync(
        PoolMember member, GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        var tokens = member.Device.GenerateAsync(prompt, sampling, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            var hasToken = await tokens.MoveNextAsync().ConfigureAwait(false);
            lock (gate)
                member.HasAnswered();
            return (tokens, hasToken, null);
        }
        catch (Exception failure)
        {
            await EndAsync(member, tokens).ConfigureAwait(false);
            if (failure is not DeviceBusyException && !IsGone(failure))
                throw;
            return (null, false, failure);
        }
    }

    private PoolMember? TakeForGeneration(HashSet<PoolMember> tried)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            var left = members.FindAll(m => !tried.Contains(m));
            var open = left.FindAll(static m => m.IsOpen);
            if (open.Count == 0 && tried.Count == 0)
                open = left.FindAll(static m => m.Device.State == PooledDeviceState.Returning);
            var member = open.OrderBy(static m => m.Generations).ThenBy(static m => m.Tokens(EncodePriority.Query)).FirstOrDefault();
            if (member is not null)
                member.Generations++;
            return member;
        }
    }

    private void GiveOn(PoolMember member, Exception failure)
    {
        PoolAttempt[] taken = [];
        lock (gate)
        {
            if (IsGone(failure))
                member.Moved++;
            if (IsGone(failure) && member.Device.State != PooledDeviceState.Returning && members.Contains(member))
                taken = SetAside(member, failure.Message);
        }

        Cancel(taken);
        Pump();
    }

    private async ValueTask EndAsync(PoolMember member, IAsyncEnumerator<GeneratedToken> tokens)
    {
        lock (gate)
            member.Generations--;
        await tokens.DisposeAsync().ConfigureAwait(false);
    }
}
