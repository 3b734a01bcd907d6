namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>How many things a scene has and of how many kinds.</summary>
internal enum SceneShape
{
    /// <summary>One thing in any of nine places.</summary>
    Single,

    /// <summary>Two different things in one row or column.</summary>
    Pair,

    /// <summary>Three different things in three of the corners.</summary>
    Triple,

    /// <summary>Four different things in the corners.</summary>
    Quad,

    /// <summary>Two to four of one kind and size.</summary>
    Count,

    /// <summary>Three or four of two kinds.</summary>
    MixedCount,
}
