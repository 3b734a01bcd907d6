namespace UnifiedVlm.Training.Samples;

public sealed record PictureContent(Picture Picture) : ContentPart;
