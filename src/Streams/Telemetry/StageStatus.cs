namespace UnifiedVlm.Streams.Telemetry;

/// <summary>The work of one stage since the pipeline began.</summary>
/// <param name="Items">Records that have left it.</param>
/// <param name="Inside">Records or batches in it now.</param>
/// <param name="Busy">Summed over everything that was in it: divided by <paramref name="Items"/>, what one record takes.</param>
/// <param name="Active">Time during which it held anything at all: divided by the elapsed time, its share in a bar chart.</param>
public sealed record StageStatus(PipelineStage Stage, long Items, int Inside, TimeSpan Busy, TimeSpan Active);
