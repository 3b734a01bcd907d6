using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Keeps what is logged.</summary>
public sealed class ListLogger : ILogger
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate)
                return [.. lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (gate)
            lines.Add($"{eventId.Id} {formatter(state, exception)}");
    }
}
