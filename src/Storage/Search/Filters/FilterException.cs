namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>A filter that can't be understood. Parsers turn it into a refusal that says where.</summary>
internal sealed class FilterException(string problem, string fix) : Exception($"{problem}. {fix}")
{
    public string Problem { get; } = problem;

    public string Fix { get; } = fix;
}
