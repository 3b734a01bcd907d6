using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What the store says that it has left behind because the server did not answer.</summary>
internal sealed class LeftBehindLog : ILogger
{
    private const int LeftBehind = 3101;

    private readonly ConcurrentQueue<string> _what = [];

    public IReadOnlyCollection<string> What => _what;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == LeftBehind)
            _what.Enqueue((string)((IReadOnlyList<KeyValuePair<string, object?>>)state!).Single(static s => s.Key == "What").Value!);
    }
}
