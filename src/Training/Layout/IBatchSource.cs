namespace UnifiedVlm.Training.Layout;

/// <summary>Batch after batch.</summary>
internal interface IBatchSource
{
    /// <summary>Batch <paramref name="index"/>, a function of recipe, data and this number alone.</summary>
    StepBatch Draw(ulong index);
}
