using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.OpenAi;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>A stream that fails after it has begun can't have another status: its reader is told in it.</summary>
public sealed class StreamFailureTests
{
    private readonly MemoryStream body = new();
    private readonly DefaultHttpContext context;

    public StreamFailureTests() => context = new DefaultHttpContext { Response = { Body = body } };

    private string Written => Encoding.UTF8.GetString(body.ToArray());

    [Fact]
    public async Task A_defect_in_the_middle_of_an_answer_is_told_and_goes_on_to_the_log()
    {
        var defect = new InvalidOperationException("broken inside");
        var thrown = await Assert.ThrowsAsync<StreamDefectException>(() => AnswerStream.WriteAsync(context, Events(1, defect), CancellationToken.None));
        Assert.Same(defect, thrown.Defect);
        Assert.Contains("event: token", Written, StringComparison.Ordinal);
        Assert.Contains("event: error\ndata: {\"title\":\"A defect of the server\"", Written, StringComparison.Ordinal);
        Assert.DoesNotContain("broken inside", Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_is_none_of_ours_is_told_and_the_stream_ends()
    {
        await AnswerStream.WriteAsync(context, Events(1, new DeviceLostException("the device is gone")), CancellationToken.None);
        Assert.Contains("the device is gone", Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_before_the_first_event_is_a_plain_reply()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => AnswerStream.WriteAsync(context, Events(0, new InvalidOperationException("broken inside")), CancellationToken.None));
        Assert.Equal("", Written);
    }

    [Fact]
    public async Task A_client_that_has_left_is_told_nothing()
    {
        using var left = new CancellationTokenSource();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AnswerStream.WriteAsync(context, Events(1, new OperationCanceledException(left.Token)), left.Token));
        Assert.DoesNotContain("event: error", Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_in_the_middle_of_a_chat_is_told_and_goes_on_to_the_log()
    {
        await Assert.ThrowsAsync<StreamDefectException>(() => ChunkStream.WriteAsync(context, Chunks(new InvalidOperationException("broken inside")), static () => [], CancellationToken.None));
        var events = Written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, events.Length);
        Assert.Equal("server_error", (string?)JsonNode.Parse(events[1]["data: ".Length..])!["error"]!["type"]);
    }

    private static async IAsyncEnumerable<AnswerEvent> Events(int tokens, Exception failure)
    {
        for (var i = 0; i < tokens; i++)
            yield return new TokenEvent(new GeneratedToken(i, "See", 0));
        await Task.FromException(failure);
    }

    private static async IAsyncEnumerable<ChatChunk?> Chunks(Exception failure)
    {
        yield return new ChatChunk("x", 1, "m", "f", []);
        await Task.FromException(failure);
    }
}
