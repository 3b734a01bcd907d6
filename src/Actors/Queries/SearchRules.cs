using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>What goes with which mode of a search.</summary>
internal static class SearchRules
{
    /// <exception cref="DocumentRejectedException">Names the field that is missing, or that is of another mode.</exception>
    public static void Check(SearchRequest request)
    {
        if (request.Mode != SearchMode.Like && request.Like is not null)
            throw new DocumentRejectedException("like", "is of another mode", "Send it with the mode like, or with none.");
        if (request.Mode != SearchMode.Missing && request.Gap is not null)
            throw new DocumentRejectedException("parts", "have a gap", "Send one with the mode missing only.");
        if (request.Mode == SearchMode.Like)
        {
            if (request.Like is null)
                throw new DocumentRejectedException("like", "is missing", "Send the id of a stored document.");
            if (request.Query is not null)
                throw new DocumentRejectedException("parts", "stand beside like", "Send one of the two: like is a stored document in the place of parts.");
            return;
        }

        if (request.Query is not { Parts.Count: > 0 } query)
            throw new DocumentRejectedException("parts", "are missing", "Send text or a picture.");
        if (request.Mode == SearchMode.Missing && (request.Gap is not { } gap || gap < 0 || gap > query.Parts.Count))
            throw new DocumentRejectedException("parts", "have no gap", "Put {\"type\": \"gap\"} where a part is missing.");
    }
}
