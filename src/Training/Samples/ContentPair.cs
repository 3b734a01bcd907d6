namespace UnifiedVlm.Training.Samples;

/// <summary>Two contents that belong together (a picture and its short caption, a question and the passage that answers it): L_c pulls their summary vectors together.</summary>
public sealed record ContentPair(Content Left, Content Right);
