using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Preparation;

/// <summary>
/// The end of every window that is encoded. Hand-written, it is the words that ask for a summary, then the assistant's turn; learned, it is
/// as many placeholders as the soft prompt has vectors. The state of its last token is the document vector.
/// </summary>
public sealed class SummaryPrompts
{
    private readonly Dictionary<InputModality, int[]> prompts;

    /// <param name="softLengths">Vectors of the soft prompt of each modality that has one.</param>
    public SummaryPrompts(ChatFormat format, Tokenizer tokenizer, PreparationSettings settings, IReadOnlyDictionary<InputModality, int> softLengths)
    {
        prompts = new Dictionary<InputModality, int[]>
        {
            [InputModality.Image] = Prompt(InputModality.Image, settings.ImagePrompt),
            [InputModality.Text] = Prompt(InputModality.Text, settings.TextPrompt),
            [InputModality.Interleaved] = Prompt(InputModality.Interleaved, settings.InterleavedPrompt),
        };

        int[] Prompt(InputModality modality, string words) => softLengths.TryGetValue(modality, out var length)
            ? [.. Enumerable.Repeat(format.SoftToken, length)]
            : [.. tokenizer.Encode(words), .. format.Close, .. format.Open(ChatRole.Assistant)];
    }

    /// <summary>Room that any prompt needs.</summary>
    public int MaxLength => prompts.Values.Max(static p => p.Length);

    public IReadOnlyList<int> this[InputModality modality] => prompts[modality];

    public static InputModality ModalityOf(IEnumerable<PartSpan> spans)
    {
        bool image = false, text = false;
        foreach (var span in spans)
        {
            image |= span.Kind == PartKind.Image;
            text |= span.Kind == PartKind.Text;
        }

        return image && text ? InputModality.Interleaved : image ? InputModality.Image : InputModality.Text;
    }
}
