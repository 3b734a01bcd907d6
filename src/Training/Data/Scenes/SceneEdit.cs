namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>The smallest changes that make another scene of one, as SugarCrepe (arXiv 2306.14610) names them; what it calls attributes are sizes here.</summary>
internal enum SceneEdit
{
    ReplaceObject,
    ReplaceSize,
    ReplaceRelation,
    ReplaceBackground,
    SwapObjects,
    SwapSizes,
    ChangeCount,
    AddObject,
}
