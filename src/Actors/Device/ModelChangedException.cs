namespace UnifiedVlm.Actors.Device;

/// <summary>A device that was brought back loaded other weights than before: its vectors could not be compared with those already stored.</summary>
public sealed class ModelChangedException(string device, string before, string after)
    : Exception($"{device}: loaded '{after}' in place of '{before}'. Restart the process to change the model.");
