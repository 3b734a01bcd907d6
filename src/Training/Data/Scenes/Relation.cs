namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>How one object lies to another in the same row or column.</summary>
internal enum Relation
{
    LeftOf,
    RightOf,
    Above,
    Below,
}
