using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Gateway;

/// <summary>A request's body that keeps what is read of it, so that it can be read once more from the beginning; not beyond the limits, where it is only passed on.</summary>
/// <param name="limit">Bytes of this one.</param>
/// <param name="budget">Bytes of all.</param>
internal sealed class ReplayableBody(Stream source, int limit, Budget budget) : Stream
{
    private readonly MemoryStream kept = new();
    private int position;

    /// <summary>What was read so far can be read again.</summary>
    public bool IsWhole { get; private set; } = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next read begins anew.</summary>
    /// <exception cref="InvalidOperationException">It is not whole.</exception>
    public void Rewind()
    {
        if (!IsWhole)
            throw new InvalidOperationException("The beginning of the body was not kept.");
        position = 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsWhole && position < kept.Length)
        {
            var again = kept.GetBuffer().AsMemory(position, (int)kept.Length - position);
            var count = Math.Min(again.Length, buffer.Length);
            again[..count].CopyTo(buffer);
            position += count;
            return count;
        }

        var read = await source.ReadAsync(buffer, cancellationToken);
        if (IsWhole && read > 0)
            Keep(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Forget();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> read)
    {
        if (kept.Length + read.Length > limit || !budget.TryAcquire(read.Length))
        {
            Forget();
            return;
        }

        kept.Write(read);
        position += read.Length;
    }

    private void Forget()
    {
        if (!IsWhole)
            return;
        IsWhole = false;
        budget.Release(kept.Length);
        kept.SetLength(0);
        kept.Capacity = 0;
    }
}
