namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Two sizes far enough apart that nobody mistakes one for the other: 28 to 38 pixels and 50 to 60.</summary>
internal enum ObjectSize
{
    Small,
    Large,
}
