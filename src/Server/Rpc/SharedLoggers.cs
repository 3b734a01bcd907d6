namespace UnifiedVlm.Server.Rpc;

/// <summary>The node's loggers for a host within it, which ends before they do.</summary>
internal sealed class SharedLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

    public void Dispose()
    {
    }
}
