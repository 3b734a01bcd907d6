using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Generation;

/// <summary>What holds for every text of a model.</summary>
internal sealed class TextRules(ModelConfig config, Tokenizer tokenizer, ChatFormat format)
{
    /// <summary>Special tokens that do not end a turn: no answer may contain a picture's placeholder or open another role's turn. And ids that name no token.</summary>
    public IReadOnlySet<int> Banned { get; } = new HashSet<int>(
    [
        .. tokenizer.AddedTokens.Where(t => t.Special && !format.Stops.Contains(t.Id)).Select(static t => t.Id),
        .. Enumerable.Range(0, config.LmVocabSize).Where(id => tokenizer.Token(id) is null),
        format.ImageToken,
    ]);

    public IReadOnlySet<int> Stops => format.Stops;

    /// <summary>The placeholder's id.</summary>
    public int ImageToken => format.ImageToken;

    /// <summary>Placeholders of a picture.</summary>
    public int ImageTokens => config.ImageTokens;
}
