namespace UnifiedVlm.Chaos.Checking;

/// <summary>A record that has to become a dead letter, once.</summary>
/// <param name="Field">What the letter has to name.</param>
internal sealed record ExpectedLetter(int Partition, long Offset, string Field);
