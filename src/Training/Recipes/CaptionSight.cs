namespace UnifiedVlm.Training.Recipes;

/// <summary>What the tokens of a caption may attend to, besides the caption itself.</summary>
public enum CaptionSight
{
    /// <summary>Everything: the summary may be passed by.</summary>
    Content,

    /// <summary>The summary prompt, whose states have seen the content.</summary>
    Prompt,

    /// <summary>The summary token alone, the last of the prompt.</summary>
    Summary,
}
