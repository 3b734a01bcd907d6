namespace UnifiedVlm.Documents.Importers;

/// <summary>Lines of a stream, each no longer than a limit: a longer one is skipped to its end and reported, whatever its length.</summary>
internal sealed class JsonLinesReader(Stream stream, long maxLineBytes)
{
    private byte[] buffer = new byte[64 << 10];
    private int start;
    private int end;
    private bool ended;
    private long number;

    /// <returns>Null at the end. Its bytes are valid until the next call.</returns>
    /// <exception cref="IOException">The stream can't be read on.</exception>
    public JsonLine? Next()
    {
        var tooLong = false;
        var searched = 0;
        while (true)
        {
            var found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0 || (ended && (end > start || tooLong)))
            {
                var length = found >= 0 ? searched + found : end - start;
                tooLong |= length > maxLineBytes;
                var bytes = tooLong ? default : buffer.AsMemory(start, length);
                start += found >= 0 ? length + 1 : length;
                return new JsonLine(++number, bytes, tooLong);
            }

            if (ended)
                return null;
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
