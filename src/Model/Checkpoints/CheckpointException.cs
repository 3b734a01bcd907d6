namespace UnifiedVlm.Model.Checkpoints;

/// <summary>A checkpoint that can't be used: a damaged file, or one that does not fit its config.</summary>
/// <param name="path">The file.</param>
/// <param name="tensor">The tensor the trouble is in; null when it concerns the file as a whole.</param>
/// <param name="problem">What is wrong, and where possible what was expected.</param>
public sealed class CheckpointException(string path, string? tensor, string problem, Exception? inner = null)
    : Exception(tensor is null ? $"{path}: {problem}" : $"{path}: tensor '{tensor}': {problem}", inner)
{
    public string Path { get; } = path;

    public string? Tensor { get; } = tensor;

    public string Problem { get; } = problem;
}
