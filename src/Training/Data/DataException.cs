namespace UnifiedVlm.Training.Data;

/// <summary>Training data, or what it is built from, that is missing or can't be used.</summary>
/// <param name="path">The file or folder.</param>
/// <param name="problem">What is wrong and what to do about it.</param>
public sealed class DataException(string path, string problem, Exception? inner = null) : Exception($"{path}: {problem}", inner)
{
    public string Path { get; } = path;

    public string Problem { get; } = problem;
}
