namespace UnifiedVlm.Documents.Importers;

/// <summary>What becomes of a picture on a page.</summary>
internal enum PictureVerdict
{
    Keep,
    Icon,
    Repeated,
    Unusable,
}
