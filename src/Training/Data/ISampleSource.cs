namespace UnifiedVlm.Training.Data;

/// <summary>
/// An endless, repeatable stream of samples: sample i is a function of the data folder, the source, the split and i alone. So a run needs
/// only its step number to be resumed, and threads may ask in any order. Thread-safe.
/// </summary>
public interface ISampleSource<out TSample>
{
    /// <summary>As recipes name it, such as <c>scenes</c>.</summary>
    string Name { get; }

    TSample Get(ulong index);
}
