namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>What a caption may say beside which things there are and how many.</summary>
[Flags]
internal enum SceneAspects
{
    None = 0,
    Sizes = 1,
    Places = 2,
    Background = 4,
    All = Sizes | Places | Background,
}
