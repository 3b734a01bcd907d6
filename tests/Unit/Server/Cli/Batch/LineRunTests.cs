using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Server.Cli.Batch;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Server.Cli.Batch;

public sealed class LineRunTests
{
    [Theory]
    [InlineData("good|bad|good|good|bad")]
    [InlineData("bad|bad")]
    [InlineData("good|good|good")]
    [InlineData("bad")]
    public async Task A_line_that_the_model_fails_at_is_answered_in_its_place(string lines)
    {
        var sink = new Sink();
        var totals = await Run(lines, sink, keepGoing: true);
        var expected = lines.Split('|').Select(static (line, i) => line == "good" ? $"{i + 1} good" : $"{i + 1} parts[0]: is no number.");
        Assert.Equal(expected, sink.Written.Select(static line => line.Split(" Another")[0]));
        Assert.Equal((sink.Written.Count(static l => l.EndsWith("good", StringComparison.Ordinal)), lines.Split('|').Count(static l => l == "bad")), (totals.Done, totals.Failed));
    }

    [Fact]
    public async Task Without_keep_going_it_ends_the_run_after_the_lines_before_it()
    {
        var sink = new Sink();
        var error = await Assert.ThrowsAsync<BadLineException>(() => Run("good|good|bad|good", sink, keepGoing: false));
        Assert.StartsWith("line 3 (bad): parts[0]: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1 good", "2 good"], sink.Written);
    }

    [Fact]
    public async Task Lines_that_come_in_pieces_are_whole()
    {
        var (sink, middle) = (new Sink(), new string('x', 300_000));
        await Run($"first|{middle}|third", sink, keepGoing: false);
        Assert.Equal(["1 first", $"2 {middle}", "3 third"], sink.Written);
    }

    [Fact]
    public async Task A_batch_that_the_memory_does_not_hold_is_halved_and_a_line_that_it_does_not_hold_answered_in_its_place()
    {
        var sink = new Sink();
        await Run("wide|wide|large|wide", sink, keepGoing: true);
        Assert.Equal(["1 wide", "2 wide", "3 $: CUDA out of memory", "4 wide"], sink.Written.Select(static line => line.Split(". ")[0]));
    }

    [Fact]
    public async Task A_device_that_fails_otherwise_ends_the_run() =>
        Assert.StartsWith("CUDA error", (await Assert.ThrowsAsync<TorchException>(() => Run("good|lost", new Sink(), keepGoing: true))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_a_line_and_no_line_by_itself()
    {
        var sink = new Sink();
        await Run("\uFEFFfirst|\uFEFFsecond|\uFEFF", sink, keepGoing: false);
        Assert.Equal(["1 first", "2 second"], sink.Written);
    }

    private static async Task<LineTotals> Run(string lines, Sink sink, bool keepGoing)
    {
        using var input = new Trickle(Encoding.UTF8.GetBytes(lines.Replace('|', '\n') + "\n"));
        return await new LineRun<string, Prepared, string>(new Job(), sink, DocumentLimits.Default, 2, keepGoing).RunAsync(input, CancellationToken.None);
    }

    /// <summary>A stream that gives a few bytes a read.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1009)], cancellationToken);
    }

    /// <summary>A batch fails as a whole for one bad line, as the encoder's do.</summary>
    private sealed class Job : ILineJob<string, Prepared, string>
    {
        public string Read(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

        public string IdOf(string request) => request;

        public int PicturesOf(string request) => 0;

        public Prepared Prepare(string request, CancellationToken cancellationToken) => new(request);

        public IReadOnlyList<string> Run(IReadOnlyList<Prepared> batch, CancellationToken cancellationToken)
        {
            if (batch.Any(static item => item.Text == "bad"))
                throw new ModelOutputException("parts[0]", "is no number");
            if (batch.Any(static item => item.Text == "lost"))
                throw TorchException.FromNative("CUDA error: an illegal memory access was encountered", null);
            if (batch.Any(static item => item.Text == "large") || (batch.Count > 1 && batch.Any(static item => item.Text == "wide")))
                throw TorchException.FromNative("CUDA out of memory. Tried to allocate 2.00 GiB", null);
            return [.. batch.Select(static item => item.Text)];
        }
    }

    private sealed record Prepared(string Text) : IDisposable
    {
        public void Dispose()
        {
        }
    }

    private sealed class Sink : ILineSink<string>
    {
        public List<string> Written { get; } = [];

        public void Write(string id, string result) => Written.Add($"{Written.Count + 1} {result}");

        public void Fail(LineFailure failure) => Written.Add($"{failure.Line} {failure.Error.Message}");

        public void Flush()
        {
        }

        public void Complete()
        {
        }
    }
}
