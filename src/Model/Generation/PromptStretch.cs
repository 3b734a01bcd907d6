using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Generation;

/// <summary>What one pass reads of a text: a stretch of its prompt, or the last token chosen.</summary>
/// <param name="Ids">At least one.</param>
/// <param name="Pictures">The prompt, where the stretch has pictures of it.</param>
/// <param name="FirstPicture">Of the prompt's.</param>
/// <param name="PictureCount">In a row.</param>
/// <param name="ChoosesNext">Nothing of the prompt is left behind it.</param>
internal readonly record struct PromptStretch(int[] Ids, PreparedWindow? Pictures, int FirstPicture, int PictureCount, bool ChoosesNext)
{
    /// <param name="from">The first token.</param>
    /// <param name="most">Tokens, exceeded where a picture would be cut.</param>
    /// <param name="imageToken">The placeholder's id.</param>
    /// <param name="imageTokens">Placeholders of a picture.</param>
    public static PromptStretch Of(PreparedWindow prompt, int from, int most, int imageToken, int imageTokens)
    {
        var ids = prompt.TokenIds;
        var end = from;
        var placeholders = 0;
        while (end < ids.Length && (end - from < most || placeholders % imageTokens != 0))
        {
            if (ids[end++] == imageToken)
                placeholders++;
        }

        var first = prompt.ImageCount == 0 ? 0 : ids.AsSpan(0, from).Count(imageToken) / imageTokens;
        var count = prompt.ImageCount == 0 ? 0 : placeholders / imageTokens;
        return new PromptStretch(ids[from..end], count > 0 ? prompt : null, first, count, end == ids.Length);
    }
}
