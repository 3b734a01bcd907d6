namespace UnifiedVlm.Model.Tokenizers;

/// <summary>A token that stands outside the merges: a role marker, a placeholder.</summary>
/// <param name="SingleWord">Found only where no letter or digit touches it.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
/// <param name="Normalized">Looked for in the normalized text instead of the text as written.</param>
/// <param name="Special">Has no meaning as text: may be left out when decoding.</param>
public sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);
