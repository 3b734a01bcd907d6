namespace UnifiedVlm.Model.Preparation;

/// <summary>A stretch of a text, without white space around it, and its tokens.</summary>
/// <param name="Start">First UTF-16 unit within the text.</param>
/// <param name="Length">UTF-16 units.</param>
internal readonly record struct TextPiece(int Start, int Length, int[] Ids);
