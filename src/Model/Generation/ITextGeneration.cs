namespace UnifiedVlm.Model.Generation;

/// <summary>A text in the making. Disposing gives its part of the KV cache back, on the generator's thread.</summary>
public interface ITextGeneration : IDisposable
{
    /// <summary>The model has ended the text, or it has as many tokens as it may.</summary>
    bool IsFinished { get; }
}
