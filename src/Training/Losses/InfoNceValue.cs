using UnifiedVlm.Torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>What <see cref="InfoNce"/> returns. The tensors belong to the caller's scope.</summary>
/// <param name="Loss">Mean over both directions, in nats.</param>
/// <param name="Left">dL / d left, [n,D].</param>
/// <param name="Right">dL / d right, [n,D].</param>
/// <param name="LogScale">dL / d (log of the scale).</param>
/// <param name="Accuracy">Share of left and right rows whose own partner scores highest, 0 to 1.</param>
/// <param name="ExtraLeft">dL / d extra left negatives, [e,D]; null without them.</param>
/// <param name="ExtraRight">dL / d extra right negatives, [e,D]; null without them.</param>
public sealed record InfoNceValue(
    double Loss, Tensor Left, Tensor Right, double LogScale, double Accuracy, Tensor? ExtraLeft = null, Tensor? ExtraRight = null);
