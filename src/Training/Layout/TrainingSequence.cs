using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Training.Layout;

/// <summary>A laid-out sample: what goes through the decoder and which tokens it is to predict.</summary>
/// <param name="Places">Tokens whose state predicts the next one, in order; empty where only the summary is wanted.</param>
/// <param name="Targets">The token to be predicted at each place.</param>
internal sealed record TrainingSequence(PassSequence Pass, int[] Places, long[] Targets) : IDisposable
{
    /// <summary>How much each of its tokens counts in the mean of a batch.</summary>
    public double TokenWeight { get; init; } = 1;

    /// <summary>A summary is asked for: vectors are made of it, or what follows the summary is to be predicted.</summary>
    public bool HasSummary => Pass.SummaryEnd > 0;

    public int Tokens => Pass.Window.TokenIds.Length;

    /// <summary>Parts whose states stand for them.</summary>
    public int Parts => Pass.Window.Spans.Length;

    public int Pictures => Pass.Window.ImageCount;

    public void Dispose() => Pass.Window.Dispose();
}
