namespace UnifiedVlm.Server.DeadLetters;

/// <summary>What a condition on dead letters compares.</summary>
internal enum DeadLetterFieldKind
{
    Text,
    Number,
    Time,
}
