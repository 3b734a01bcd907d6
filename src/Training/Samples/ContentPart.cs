namespace UnifiedVlm.Training.Samples;

/// <summary>One part of what the model reads: a text or a picture.</summary>
public abstract record ContentPart;
