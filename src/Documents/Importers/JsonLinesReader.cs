namespace UnifiedVlm.Documents.Importers;

/// <summary>Lines of a stream, each no longer than a limit: a longer one is skipped to its end and reported, whatever its length.</summary>
internal sealed class JsonLinesReader(Stream stream, long maxLineBytes)
{
    private byte[] buffer = new byte[64 << 10];
    private int start;
    private int end;
    private bool ended;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <param name="line">Valid until the next call; empty when <paramref name="tooLong"/>.</param>
    /// <param name="tooLong">The line was longer than the limit.</param>
    /// <returns>False at the end.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        tooLong = false;
        line = default;
        var searched = 0;
        while (true)
        {
            var found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0 || (ended && end > start))
            {
                var length = found >= 0 ? searched + found : end - start;
                tooLong |= length > maxLineBytes;
                line = tooLong ? default : buffer.AsMemory(start, length);
                start += found >= 0 ? length + 1 : length;
                Line++;
                return true;
            }

            if (ended)
            {
                Line += tooLong ? 1 : 0;
                return tooLong;
            }

            if (end - start > maxLineBytes)
            {
                // Nothing of it is needed any more.
                tooLong = true;
                start = end;
            }

            searched = end - start;
            Fill();
        }
    }

    private void Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, Array.MaxLength));
        var read = stream.Read(buffer, end, buffer.Length - end);
        ended = read == 0;
        end += read;
    }
}
