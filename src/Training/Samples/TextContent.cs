namespace UnifiedVlm.Training.Samples;

public sealed record TextContent(string Text) : ContentPart;
