namespace UnifiedVlm.Training.Layout;

/// <summary>Samples of one loss that are laid out when they are wanted: who takes them bit by bit holds the pictures of a bit at a time.</summary>
/// <param name="Lay">Sample i, laid out anew at each call; of whoever asked.</param>
internal sealed record Unlaid(int Count, Func<int, TrainingSequence> Lay);
