using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Generation;

/// <summary>What one pass reads of a text: a stretch of its prompt, or the last token chosen.</summary>
/// <param name="Ids">At least one.</param>
/// <param name="Pictures">The prompt, where the stretch has pictures of it.</param>
/// <param name="FirstPicture">Of the prompt's.</param>
/// <param name="PictureCount">In a row.</param>
/// <param name="ChoosesNext">Nothing of the prompt is left behind it.</param>
/// <param name="Rows">How many of its tokens, the last ones, are needed to choose: 1 unless a refusal is decided on.</param>
internal readonly record struct PromptStretch(int[] Ids, PreparedWindow? Pictures, int FirstPicture, int PictureCount, bool ChoosesNext, int Rows = 1)
{
    /// <param name="from">The first token.</param>
    /// <param name="most">Tokens, exceeded where a picture would be cut.</param>
    /// <param name="imageToken">The placeholder's id.</param>
    /// <param name="imageTokens">Placeholders of a picture.</param>
    /// <param name="choice">What it needs comes in one pass, which may exceed the limit for it.</param>
    public static PromptStretch Of(PreparedWindow prompt, int from, int most, int imageToken, int imageTokens, RefusalChoice? choice = null)
    {
        var ids = prompt.TokenIds;
        var end = from;
        var placeholders = 0;
        while (end < ids.Length && (end - from < most || placeholders % imageTokens != 0))
        {
            if (ids[end++] == imageToken)
                placeholders++;
        }

        // No picture stands there.
        if (choice is not null && end > choice.First && end < ids.Length)
            end = from < choice.First ? choice.First : ids.Length;
        var isLast = end == ids.Length;
        var first = prompt.ImageCount == 0 ? 0 : ids.AsSpan(0, from).Count(imageToken) / imageTokens;
        var count = prompt.ImageCount == 0 ? 0 : placeholders / imageTokens;
        return choice is not null && isLast
            ? new PromptStretch([.. ids.AsSpan(from), .. choice.Behind], count > 0 ? prompt : null, first, count, ChoosesNext: true, ids.Length - choice.First + choice.Behind.Length)
            : new PromptStretch(ids[from..end], count > 0 ? prompt : null, first, count, isLast);
    }
}
