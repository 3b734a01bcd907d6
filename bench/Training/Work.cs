namespace UnifiedVlm.Bench.Training;

/// <param name="IsStep">Forward, backward, clipping and AdamW; otherwise the forward pass and the loss.</param>
/// <param name="IsBfloat16">Under autocast.</param>
internal sealed record Work(bool IsStep, bool IsBfloat16)
{
    public static IReadOnlyList<Work> All { get; } = [new(false, false), new(true, false), new(false, true), new(true, true)];

    public override string ToString() => $"{(IsStep ? "step" : "forward")} {(IsBfloat16 ? "bfloat16" : "float32")}";
}
