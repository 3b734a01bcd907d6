namespace UnifiedVlm.Model.Tokenizers.Normalizers;

/// <summary>Rewrites text before it is cut into pieces. Thread-safe.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}
