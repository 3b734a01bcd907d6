namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A text, or an encoded picture with its caption, as read.</summary>
internal sealed record RawPart(string? Text, ReadOnlyMemory<byte> Picture, string? Caption);
