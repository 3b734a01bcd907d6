namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>Cuts a piece into smaller ones. Thread-safe.</summary>
internal interface IPreTokenizer
{
    void Split(Piece piece, List<Piece> output);
}
