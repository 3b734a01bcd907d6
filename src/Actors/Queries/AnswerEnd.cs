namespace UnifiedVlm.Actors.Queries;

public enum AnswerEnd
{
    /// <summary>The model ended the answer.</summary>
    Complete,

    /// <summary>The token limit ended it.</summary>
    Length,

    /// <summary>Nothing was found that could answer, so the model was not asked.</summary>
    NoEvidence,
}
