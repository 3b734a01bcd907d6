using System.Text.RegularExpressions;

namespace UnifiedVlm.Model.Tokenizers.Normalizers;

/// <summary>Replaces every match; <paramref name="content"/> is literal.</summary>
internal sealed class ReplaceNormalizer(Regex pattern, string content) : INormalizer
{
    public string Normalize(string text) => pattern.Replace(text, _ => content);
}
