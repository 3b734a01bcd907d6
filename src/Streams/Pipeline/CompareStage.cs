using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Leaves out what needs no encoding: deletes, and documents that the store has with exactly this content, asked in batches. One loop, in the
/// order of admission, so that no record passes an earlier one of the same document.
/// </summary>
internal sealed class CompareStage(PipelineContext context)
{
    public async Task RunAsync(ChannelReader<Task<InFlightRecord?>> input, ChannelWriter<InFlightRecord> output)
    {
        var batch = new List<InFlightRecord>(context.Options.CompareBatch);
        while (await input.WaitToReadAsync(context.Aborted).ConfigureAwait(false))
        {
            while (batch.Count < context.Options.CompareBatch && input.TryPeek(out var decoding))
            {
                // What is decoded already doesn't wait for what is not.
                if (batch.Count > 0 && !decoding.IsCompleted)
                    break;
                if (await decoding.WaitAsync(context.Aborted).ConfigureAwait(false) is { } record)
                    batch.Add(record);
                input.TryRead(out _);
            }

            await CompareAsync(batch, output).ConfigureAwait(false);
            batch.Clear();
        }
    }

    private async Task CompareAsync(List<InFlightRecord> batch, ChannelWriter<InFlightRecord> output)
    {
        var clock = context.Clock(PipelineStage.Compare);
        var entered = clock.Enter();
        var asked = Sort(batch);
        var unchanged = await AskAsync(asked).ConfigureAwait(false);
        clock.Exit(entered, batch.Count);
        var next = 0;
        foreach (var record in batch)
        {
            var same = next < asked.Count && ReferenceEquals(asked[next], record) && unchanged[next++];
            if (record.Decoded is DecodedDelete deletion)
                record.Lane.Complete(record, new DocumentDelete(record.Offset, deletion.Tenant, deletion.Id, Version(record)));
            else if (same)
                record.Lane.Complete(record, Upsert(record, null));
            else
                await output.WriteAsync(record, context.Aborted).ConfigureAwait(false);
        }
    }

    /// <summary>Enters every record's document; those that have no other record in flight can be asked for.</summary>
    private List<InFlightRecord> Sort(List<InFlightRecord> batch)
    {
        var asked = new List<InFlightRecord>(batch.Count);
        foreach (var record in batch)
        {
            var alone = context.Documents.Enter(record.Decoded!.Tenant, record.Decoded.Id);
            record.IsEntered = true;
            if (alone && context.Options.SkipUnchanged && record.Decoded is DecodedDocument)
                asked.Add(record);
        }

        return asked;
    }

    private async Task<bool[]> AskAsync(List<InFlightRecord> asked)
    {
        if (asked.Count == 0)
            return [];
        ContentKey[] keys = [.. asked.Select(static r => (DecodedDocument)r.Decoded!).Select(static d => new ContentKey(d.Tenant, d.Id, d.ContentHash))];
        return await context.AskStoreAsync(
            "compare documents", PipelineStage.Compare, token => context.Store.AreUnchangedAsync(keys, token), context.Aborted).ConfigureAwait(false);
    }

    internal static DocumentUpsert Upsert(InFlightRecord record, Documents.SequenceEmbedding? embedding)
    {
        var decoded = (DecodedDocument)record.Decoded!;
        return new DocumentUpsert(record.Offset, decoded.Document, Version(record), decoded.ContentHash, embedding, decoded.Images);
    }

    private static DocumentVersion Version(InFlightRecord record) =>
        record.Decoded!.Version is { } version ? DocumentVersion.Explicit(version) : record.Source!.ImplicitVersion;
}
