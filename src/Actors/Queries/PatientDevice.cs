using System.Runtime.CompilerServices;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// A device that is asked again while it is busy, for as long as its caller has time: for work that others wait for already, and that would be lost with one refusal, such as the
/// documents of one embedding or an answer whose evidence has been shown. Thread-safe.
/// </summary>
/// <param name="pause">How long it is left alone in between.</param>
internal sealed class PatientDevice(IDeviceClient device, TimeSpan pause, TimeProvider time) : IDeviceClient
{
    public bool HasDevice => device.HasDevice;

    /// <inheritdoc/>
    /// <exception cref="DeviceBusyException">It was busy until the caller's time was up.</exception>
    public async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await device.EncodeAsync(document, priority, cancellationToken).ConfigureAwait(false);
            }
            catch (DeviceBusyException busy)
            {
                await PauseAsync(busy, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceBusyException">It was busy until the caller's time was up.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationPrompt prompt, SamplingOptions sampling, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<GeneratedToken> tokens;
        bool hasToken;
        // Not until the last token: its pictures have been read with the first.
        using (prompt)
        {
            (tokens, hasToken) = await BeginAsync(prompt, sampling, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            for (; hasToken; hasToken = await tokens.MoveNextAsync().ConfigureAwait(false))
                yield return tokens.Current;
        }
        finally
        {
            await tokens.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<(IAsyncEnumerator<GeneratedToken> Tokens, bool HasToken)> BeginAsync(
        GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A device disposes of what it is given, whether it takes it or not.
            var tokens = device.GenerateAsync(prompt.Copy(), sampling, cancellationToken).GetAsyncEnumerator(cancellationToken);
            try
            {
                return (tokens, await tokens.MoveNextAsync().ConfigureAwait(false));
            }
            catch (DeviceBusyException busy)
            {
                await tokens.DisposeAsync().ConfigureAwait(false);
                await PauseAsync(busy, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await tokens.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task PauseAsync(DeviceBusyException busy, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // To its sender that is a lack of room and not slowness.
            throw busy;
        }
    }
}
