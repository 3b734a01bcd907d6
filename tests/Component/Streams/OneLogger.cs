using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>One logger for whoever asks.</summary>
internal sealed class OneLogger(ILogger log) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => log;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
