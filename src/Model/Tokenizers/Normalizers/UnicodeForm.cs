namespace UnifiedVlm.Model.Tokenizers.Normalizers;

internal enum UnicodeForm
{
    NFC,
    NFD,
    NFKC,
    NFKD,
}
