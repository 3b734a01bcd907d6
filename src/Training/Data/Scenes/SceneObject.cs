using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>One thing in a scene.</summary>
/// <param name="Concept">Index into the catalogue.</param>
/// <param name="Column">0 left, 1 middle, 2 right.</param>
/// <param name="Row">0 top, 1 middle, 2 bottom.</param>
internal readonly record struct SceneObject(int Concept, EmojiStyle Style, ObjectSize Size, int Column, int Row);
