using System.Threading.Channels;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Bytes to documents, several at a time, handed on in the order they came: the next stage has to see every record of a document before
/// the ones that follow it. The bound of the output is the parallelism.
/// </summary>
internal sealed class DecodeStage(PipelineContext context, IRecordDecoder decoder)
{
    /// <param name="input">Admitted records.</param>
    /// <param name="output">Decodings under way, in order; null results were dead-lettered or dropped.</param>
    public async Task RunAsync(ChannelReader<InFlightRecord> input, ChannelWriter<Task<InFlightRecord?>> output)
    {
        await foreach (var record in input.ReadAllAsync(context.Aborted).ConfigureAwait(false))
            await output.WriteAsync(Task.Run(() => Decode(record)), context.Aborted).ConfigureAwait(false);
    }

    private InFlightRecord? Decode(InFlightRecord record)
    {
        if (record.Lane.IsClosed)
        {
            record.Lane.Drop(record);
            return null;
        }

        var clock = context.Clock(PipelineStage.Decode);
        var entered = clock.Enter();
        using var span = record.EnterStage(PipelineStage.Decode);
        try
        {
            record.BeginWork(context.Diary);
            record.Decoded = decoder.Decode(record.Source!, record.Lane.Closing);
            return record;
        }
        catch (Exception e)
        {
            context.Refuse(record, PipelineStage.Decode, e);
            return null;
        }
        finally
        {
            record.EndWork(context.Diary);
            clock.Exit(entered);
        }
    }
}
