using UnifiedVlm.Torch.Modules;

namespace UnifiedVlm.Training.Loop;

/// <summary>A weight that changes, and how.</summary>
/// <param name="IsMatrix">Lies between hidden states: Muon may move it.</param>
/// <param name="Decays">Shrinks by the weight decay.</param>
/// <param name="Rate">Its learning rate as a multiple of the schedule's.</param>
internal sealed record TrainedWeight(Parameter Parameter, bool IsMatrix, bool Decays, double Rate);
