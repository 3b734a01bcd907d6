using System.Net;
using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Answers what it was told to, one answer after the other; the last one for ever.</summary>
internal sealed class FakeResolver(params string[] answers) : IHostResolver
{
    private int asked;

    public int Asked => Volatile.Read(ref asked);

    /// <summary>Names that were asked for.</summary>
    public List<string> Names { get; } = [];

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        lock (Names)
            Names.Add(host);
        var answer = answers[Math.Min(Interlocked.Increment(ref asked), answers.Length) - 1];
        return Task.FromResult(Array.ConvertAll(answer.Split(','), IPAddress.Parse));
    }
}
