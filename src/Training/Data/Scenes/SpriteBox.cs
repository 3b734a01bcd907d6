namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>The square that a sprite is drawn in, in pixels; it may reach beyond the picture.</summary>
internal readonly record struct SpriteBox(int Left, int Top, int Side);
