namespace UnifiedVlm.Training.Samples;

/// <summary>A content and a long caption that must be generated from what the summary token holds of it (VladVA, arXiv 2412.04378).</summary>
public sealed record CaptionSample(Content Content, string Caption);
