using System.Runtime.CompilerServices;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Telemetry;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Generates on the device, with a span over it and its times in the meter.</summary>
internal sealed class TracedGenerator(IDeviceClient device, GenerationMeter meter, string model, TimeProvider time)
{
    /// <param name="asked">When the question came: the first token is counted from there.</param>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationPrompt prompt, SamplingOptions sampling, long asked, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var span = QueryTraces.BeginGeneration(model, prompt.Window.TokenIds.Length, sampling.MaxTokens);
        Exception? failure = null;
        var (tokens, first) = (0, 0L);
        var generation = device.GenerateAsync(prompt, sampling, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    if (!await generation.MoveNextAsync().ConfigureAwait(false))
                        break;
                }
                catch (Exception error)
                {
                    failure = error;
                    throw;
                }

                if (tokens++ == 0)
                {
                    first = time.GetTimestamp();
                    meter.FirstToken(time.GetElapsedTime(asked, first));
                    span?.AddEvent(new("first token"));
                }

                yield return generation.Current;
            }
        }
        finally
        {
            await generation.DisposeAsync().ConfigureAwait(false);
            if (tokens > 1)
                meter.FurtherTokens(time.GetElapsedTime(first), tokens - 1);
            span?.SetTag("gen_ai.usage.output_tokens", tokens);
            span?.EndDetached(failure);
        }
    }
}
