using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Leaves out what needs no encoding: deletes, and documents that the store has with exactly this content, asked in batches. One loop, in the
/// order of admission, so that no record passes an earlier one of the same document. Only those whose pictures have to be brought first are compared when
/// they are there; their documents are entered here, in order, all the same. The credit for vectors is taken here too, because it has
/// to be in order: a record that came to it after those behind it would wait for theirs while they wait, finished, for the record.
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
        foreach (var record in batch)
        {
            var alone = context.Documents.Enter(record.Decoded!.Tenant, record.Decoded.Id);
            record.IsEntered = true;
            record.MayCompare = alone && context.Options.SkipUnchanged;
        }

        await SettleAsync(batch, output).ConfigureAwait(false);
    }

    /// <summary>Sends each record on its way: a batch in the order of admission, or one whose pictures have come.</summary>
    private async Task SettleAsync(IReadOnlyList<InFlightRecord> records, ChannelWriter<InFlightRecord> output)
    {
        List<InFlightRecord> asked = [.. records.Where(static record => record is { MayCompare: true, Decoded: DecodedDocument })];
        var clock = context.Clock(PipelineStage.Compare);
        var entered = clock.Enter();
        var unchanged = await AskAsync(asked).ConfigureAwait(false);
        clock.Exit(entered, records.Count(static record => record.Decoded is not UnresolvedDocument));
        var next = 0;
        foreach (var record in records)
        {
            var same = next < asked.Count && ReferenceEquals(asked[next], record) && unchanged[next++];
            if (record.Decoded is DecodedDelete deletion)
            {
                record.Lane.Complete(record, new DocumentDelete(record.Offset, deletion.Tenant, deletion.Id, Version(record)));
            }
            else if (same)
            {
                VectorCredit.Release(context, record);
                record.Lane.Complete(record, Upsert(record, null));
            }
            else
            {
                await SendOnAsync(record, output).ConfigureAwait(false);
            }
        }
    }

    private async Task SendOnAsync(InFlightRecord record, ChannelWriter<InFlightRecord> output)
    {
        // One that was fetched has its own from when it left.
        if (record.VectorBytes == 0)
            await VectorCredit.AcquireAsync(context, record).ConfigureAwait(false);
        if (record.Decoded is UnresolvedDocument)
            fetch.Start(record, () => SettleAsync([record], output));
        else
            await output.WriteAsync(record, context.Aborted).ConfigureAwait(false);
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
