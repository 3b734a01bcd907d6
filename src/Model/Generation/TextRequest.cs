namespace UnifiedVlm.Model.Generation;

/// <summary>A prompt to be continued to its end. The prompt stays the caller's to dispose.</summary>
public readonly record struct TextRequest(GenerationPrompt Prompt, SamplingOptions Sampling);
