using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop;

/// <summary>Linear warm-up, then half a cosine down to the lowest rate.</summary>
internal static class LearningRateSchedule
{
    /// <param name="step">From 0.</param>
    public static double At(OptimizerSettings settings, int step, int steps)
    {
        var warm = (int)Math.Ceiling(settings.Warmup * steps);
        if (step < warm)
            return settings.Lr * (step + 1) / warm;
        var progress = (step - warm) / (double)Math.Max(1, steps - 1 - warm);
        return settings.MinLr + (settings.Lr - settings.MinLr) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)));
    }
}
