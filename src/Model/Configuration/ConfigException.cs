namespace UnifiedVlm.Model.Configuration;

/// <summary>A setting of a model folder's JSON files that is missing, of the wrong type or impossible.</summary>
/// <param name="field">The field's name in the file.</param>
/// <param name="problem">What is wrong and what was expected.</param>
public sealed class ConfigException(string path, string field, string problem, Exception? inner = null)
    : Exception($"{path}: {field}: {problem}", inner)
{
    public string Path { get; } = path;

    public string Field { get; } = field;

    public string Problem { get; } = problem;
}
