namespace UnifiedVlm.Model.Preparation;

/// <summary>A picture on its way into a window.</summary>
internal abstract record PictureInput;
