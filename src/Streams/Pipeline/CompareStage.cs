using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Leaves out what needs no encoding: deletes, and documents that the store has with exactly this content, asked in batches. One loop, in the
/// order of admission, so that no record passes an earlier one of the same document. Only those whose pictures have to be brought first are compared when
/// they are there; their documents are entered here, in order, all the same.
/// </summary>
internal sealed class CompareStage(PipelineContext context, FetchStage fetch)
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
        var complete = new List<InFlightRecord>(batch.Count);
        var asked = new List<InFlightRecord>(batch.Count);
        foreach (var record in batch)
        {
            var alone = context.Documents.Enter(record.Decoded!.Tenant, record.Decoded.Id);
            record.IsEntered = true;
            var mayAsk = alone && context.Options.SkipUnchanged;
            if (record.Decoded is UnresolvedDocument)
            {
                fetch.Start(record, () => SettleAsync([record], mayAsk ? [record] : [], output));
                continue;
            }

            complete.Add(record);
            if (mayAsk && record.Decoded is DecodedDocument)
                asked.Add(record);
        }

        await SettleAsync(complete, asked, output).ConfigureAwait(false);
    }

    /// <param name="asked">Those of them, in their order, whose document has no other record in flight: the store can be asked about them.</param>
    private async Task SettleAsync(List<InFlightRecord> records, List<InFlightRecord> asked, ChannelWriter<InFlightRecord> output)
    {
        var clock = context.Clock(PipelineStage.Compare);
        var entered = clock.Enter();
        var unchanged = await AskAsync(asked).ConfigureAwait(false);
        clock.Exit(entered, records.Count);
        var next = 0;
        foreach (var record in records)
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

    private async Task<bool[]> AskAsync(List<InFlightRecord> asked)
    {
        if (asked.Count == 0)
            return [];
        using var span = RecordTrace.BeginShared("compare", asked.Select(static record => record.Trace));
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
