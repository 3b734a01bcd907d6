using UnifiedVlm.Server.Demo;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>A store that was filled with other weights than those at hand.</summary>
public sealed class DemoStoreTests
{
    private static readonly string Mismatch = Ended(new IndexMismatchException(new IndexGeneration(1, "old", 256, GenerationState.Live), "new", 256).Message);

    private readonly List<string> runs = [];
    private readonly List<string> said = [];
    private int starts;

    [Fact]
    public async Task The_demos_own_gets_a_new_index_and_the_node_is_started_again()
    {
        Assert.Equal("ready", await StartAsync(isOwn: true, [Mismatch, null], "encoding\ngeneration 3: 20 of 20 documents, 20 encoded now, 0 failed\n"));
        Assert.Equal(["index create --data /demo", "index switch --leave-failed --generation 3 --data /demo"], runs);
        Assert.Contains("other weights", said[0], StringComparison.Ordinal);
        Assert.Equal("generation 3: 20 of 20 documents, 20 encoded now, 0 failed", said[1]);
    }

    [Fact]
    public async Task A_users_is_left_alone()
    {
        var failure = await Assert.ThrowsAsync<ChildFailedException>(() => StartAsync(isOwn: false, [Mismatch, null], "generation 3: 20 of 20"));
        Assert.Equal(Mismatch, failure.Message);
        Assert.Empty(runs);
    }

    [Fact]
    public async Task What_failed_for_another_reason_is_said_at_once()
    {
        await Assert.ThrowsAsync<ChildFailedException>(() => StartAsync(isOwn: true, [Ended("the address is in use"), null], "generation 3: 20 of 20"));
        Assert.Empty(runs);
    }

    [Fact]
    public async Task A_second_failure_is_the_last()
    {
        await Assert.ThrowsAsync<ChildFailedException>(() => StartAsync(isOwn: true, [Mismatch, Mismatch, null], "generation 3: 20 of 20"));
        Assert.Equal(2, starts);
    }

    [Fact]
    public async Task Where_it_can_not_be_filled_nothing_is_switched()
    {
        var failure = await Assert.ThrowsAsync<ChildFailedException>(() => StartAsync(isOwn: true, [Mismatch, null], ""));
        Assert.Contains("/demo", failure.Message, StringComparison.Ordinal);
        Assert.Single(runs);
    }

    /// <param name="failures">Of one start after the other; null: that one works.</param>
    private Task<string> StartAsync(bool isOwn, string?[] failures, string output)
    {
        var store = new DemoStore("/demo", isOwn, (arguments, _) => Told(string.Join(' ', arguments), output), said.Add);
        return store.StartAsync(() => failures[starts++] is { } failure ? throw new ChildFailedException(failure) : Task.FromResult("ready"), CancellationToken.None);
    }

    private Task<string> Told(string arguments, string output)
    {
        runs.Add(arguments);
        return Task.FromResult(output);
    }

    private static string Ended(string message) => $"node ended with exit code 2 before it was ready. Its last lines:\nuvlm: {message}";
}
