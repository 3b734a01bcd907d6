namespace UnifiedVlm.Training.Layout;

/// <summary>
/// Draws the batch after the one that was asked for, while that one is computed elsewhere. One batch ahead, never more. What it draws with must
/// not be used by others.
/// </summary>
internal sealed class AheadDrawer(IBatchSource source) : IBatchSource, IDisposable
{
    private (ulong Index, Task<StepBatch> Batch)? ahead;

    public StepBatch Draw(ulong index)
    {
        var batch = ahead is var (next, drawn) && next == index ? drawn.GetAwaiter().GetResult() : DrawInstead(index);
        ahead = (index + 1, Task.Run(() => source.Draw(index + 1)));
        return batch;
    }

    public void Dispose() => Drop();

    private StepBatch DrawInstead(ulong index)
    {
        Drop();
        return source.Draw(index);
    }

    private void Drop()
    {
        if (ahead is not var (_, drawn))
            return;
        ahead = null;
        try
        {
            drawn.GetAwaiter().GetResult().Dispose();
        }
        catch (Exception)
        {
            // Nobody asked for it yet: who does will see why it can't be drawn.
        }
    }
}
