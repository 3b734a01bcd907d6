namespace UnifiedVlm.Model.Preparation;

/// <summary>Decodes encoded pictures to what the vision encoder takes. Thread-safe.</summary>
internal interface IPictureReader
{
    /// <summary>Decodes, resizes and normalises one picture.</summary>
    /// <param name="file">A JPEG, PNG or WebP file.</param>
    /// <param name="pixels">Filled with [3,S,S].</param>
    /// <exception cref="UnreadablePictureException">The bytes are no such file, damaged, or beyond the limits.</exception>
    void Read(ReadOnlySpan<byte> file, Span<float> pixels);
}
