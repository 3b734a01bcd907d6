namespace UnifiedVlm.Storage.Embedded;

/// <summary>The private cluster can't be made, started or stopped. The message says what to do.</summary>
public sealed class EmbeddedPostgresException(string problem, string fix, Exception? inner = null) : Exception($"{problem} {fix}", inner)
{
    public string Problem { get; } = problem;

    public string Fix { get; } = fix;
}
